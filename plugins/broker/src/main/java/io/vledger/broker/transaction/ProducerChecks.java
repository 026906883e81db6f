package io.vledger.broker.transaction;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.broker.client.ClientChannel;
import io.vledger.broker.client.ProducerRegistry;
import io.vledger.broker.group.MessageReader;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.protocol.message.PropertyNames;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a producer that is connected to this member for the outcome of a half message (39). The answer is an ordinary decision (37).
 * Loop only.
 */
final class ProducerChecks {
    private final String broker;
    private final MessageReader reader;
    private final ProducerRegistry producers;
    private final MessageView view = new MessageView();
    private final HalfProperties properties = new HalfProperties();

    /** Asks the producers of a registry, as the broker of this name. */
    ProducerChecks(String broker, MessageReader reader, ProducerRegistry producers) {
        this.broker = broker;
        this.reader = reader;
        this.producers = producers;
    }

    /**
     * Asks any producer of a half message's group.
     *
     * @param position where the half message lies in the log; it is verified
     * @param done whether one was asked; maybe called before this returns
     */
    void ask(long position, Consumer<Boolean> done) {
        reader.read(position, (message, failure) -> {
            boolean asked = false;
            if (message != null) {
                asked = ask(message);
                message.release();
            }
            done.accept(asked);
        });
    }

    private boolean ask(ByteBuf message) {
        boolean half = view.wrap(message, message.readerIndex(), message.readableBytes()) == null
                && view.topic().equals(TopicNames.HALF);
        String group = half ? view.property(PropertyNames.PGROUP) : null;
        ClientChannel producer = group == null ? null : producers.available(group);
        if (producer == null) {
            return false;
        }
        properties.scan(view);
        String id = view.property(PropertyNames.UNIQ_KEY);
        long queueOffset = view.queueOffset();
        long position = view.physicalOffset();
        byte[] storeHost = HostBytes.copy(message, view.storeHostAt(), view.storeHostLength());
        producer.connection()
                .send(
                        RequestCode.CHECK_TRANSACTION_STATE,
                        fields -> {
                            fields.put("topic", TopicNames.HALF)
                                    .put("tranStateTableOffset", queueOffset)
                                    .put("commitLogOffset", position)
                                    .put("offsetMsgId", new OffsetMessageId(storeHost).at(position))
                                    .put("bname", broker);
                            if (id != null) {
                                fields.put("msgId", id).put("transactionId", id);
                            }
                        },
                        forProducer(message, storeHost));
        return true;
    }

    /** The half message as its producer sent it: in its real topic and queue. */
    private ByteBuf forProducer(ByteBuf message, byte @Nullable [] storeHost) {
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
