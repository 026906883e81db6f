package io.vledger.broker.transaction;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ClientChannel;
import io.vledger.broker.client.ProducerRegistry;
import io.vledger.broker.group.MemberCalls;
import io.vledger.broker.group.MessageReader;
import io.vledger.broker.group.OtherMembers;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.protocol.message.PropertyNames;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a producer for the outcome of a half message (39): one that is connected to this member, or, through another member, one that is
 * connected there. The answer is an ordinary decision (37). Loop only.
 */
final class ProducerChecks {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerChecks.class);
    private static final int TIMEOUT_MS = 3_000;

    private final String broker;
    private final MessageReader reader;
    private final ProducerRegistry producers;
    private final OtherMembers others;
    private final MessageView view = new MessageView();
    private final HalfProperties properties = new HalfProperties();

    /** Asks the producers of a registry, as the broker of this name. */
    ProducerChecks(String broker, MessageReader reader, ProducerRegistry producers, OtherMembers others) {
        this.broker = broker;
        this.reader = reader;
        this.producers = producers;
        this.others = others;
    }

    /** Asks any producer of the group of the half message that lies at a position, at whichever member it is connected. */
    void ask(long position) {
        reader.read(position, (message, failure) -> {
            if (message != null) {
                ask(message);
                message.release();
            }
        });
    }

    private void ask(ByteBuf message) {
        boolean half = view.wrap(message, message.readerIndex(), message.readableBytes()) == null
                && view.topic().equals(TopicNames.HALF);
        String group = half ? view.property(PropertyNames.PGROUP) : null;
        if (group == null) {
            return;
        }
        properties.scan(view);
        String id = view.property(PropertyNames.UNIQ_KEY);
        long queueOffset = view.queueOffset();
        long position = view.physicalOffset();
        byte[] storeHost = HostBytes.copy(message, view.storeHostAt(), view.storeHostLength());
        FieldWriter header = fields -> {
            fields.put("topic", TopicNames.HALF)
                    .put("tranStateTableOffset", queueOffset)
                    .put("commitLogOffset", position)
                    .put("offsetMsgId", new OffsetMessageId(storeHost).at(position))
                    .put("bname", broker);
            if (id != null) {
                fields.put("msgId", id).put("transactionId", id);
            }
        };
        ByteBuf body = forProducer(message);
        if (!send(group, header, body)) {
            others.firstThatDoes(RequestCode.CHECK_TRANSACTION_STATE, header, ByteBufUtil.getBytes(body), TIMEOUT_MS)
                    .onSuccess(done -> {
                        if (!done) {
                            LOG.debug("no producer of group {} is online to be asked about {}", group, id);
                        }
                    });
        }
    }

    /** Sends a check to a producer that is connected here; false if there is none. */
    private boolean send(String group, FieldWriter header, ByteBuf body) {
        ClientChannel producer = producers.available(group);
        if (producer == null) {
            return false;
        }
        producer.connection().send(RequestCode.CHECK_TRANSACTION_STATE, header, body.retainedSlice());
        return true;
    }

    /** 39 from another member: a check for a producer that may be connected here. */
    void askHere(RpcRequest request) {
        ByteBuf body = Unpooled.copiedBuffer(request.body());
        String group = view.wrap(body, 0, body.readableBytes()) == null ? view.property(PropertyNames.PGROUP) : null;
        Map<String, String> fields = MemberCalls.fieldsOf(request.fields());
        if (group != null && send(group, sink -> fields.forEach(sink::put), body)) {
            request.reply(ResponseCode.SUCCESS, null);
        } else {
            request.reply(ResponseCode.CONSUMER_NOT_ONLINE, "no producer of the group " + group + " is connected here");
        }
    }

    /** The half message as its producer sent it: in its real topic and queue. */
    private ByteBuf forProducer(ByteBuf message) {
        MessageDraft draft = new MessageDraft()
                .queue(properties.queueId(), view.flag())
                .sysFlag(view.sysFlag())
                .born(view.bornTimestamp(), HostBytes.copy(message, view.bornHostAt(), view.bornHostLength()))
                .stored(view.storeTimestamp(), HostBytes.copy(message, view.storeHostAt(), view.storeHostLength()))
                .reconsumeTimes(view.reconsumeTimes())
                .preparedOffset(view.preparedOffset())
                .topic(properties.topic(null).getBytes(StandardCharsets.UTF_8))
                .body(message, view.bodyAt(), view.bodyLength())
                .properties(message, view.propertiesAt(), view.propertiesLength());
        ByteBuf body = Unpooled.buffer(draft.size());
        draft.write(body, view.queueOffset(), view.physicalOffset());
        return body;
    }
}
