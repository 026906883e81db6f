package io.vledger.broker.reply;

import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Future;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ClientChannel;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.send.SendFields;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.PropertyNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Takes replies of consumers (324, 325): hands each to its requester, stores it, and answers whether the requester has it. Loop only. */
final class ReplyHandler implements RequestHandler {
    private final Group group;
    private final ReplyPush push;
    private final Refusals refusals;
    private final Predicate<RpcRequest> store;
    private final String storeHost;
    private final LongSupplier clock;

    /**
     * A handler of a group.
     *
     * @param store stores what a producer sends, and answers it; false if replies are not stored
     * @param storeHost this node's address, {@code host:port}
     */
    ReplyHandler(
            Group group,
            ReplyPush push,
            Refusals refusals,
            Predicate<RpcRequest> store,
            String storeHost,
            LongSupplier clock) {
        this.group = group;
        this.push = push;
        this.refusals = refusals;
        this.store = store;
        this.storeHost = storeHost;
        this.clock = clock;
    }

    @Override
    public void handle(RpcRequest request) {
        Refusal refusal = group.refusal();
        if (refusal == Refusal.NOT_LEADER || refusal == Refusal.TRANSFERRING) {
            refusals.reply(request, refusal);
            return;
        }
        SendFields names = request.code() == RequestCode.SEND_REPLY_MESSAGE ? SendFields.LONG : SendFields.SHORT;
        ReplyPush.Reply reply = reply(request, names);
        String requester = reply.requester();
        request.detach();
        if (requester == null) {
            answer(request, names, "reply message properties[" + PropertyNames.REPLY_TO_CLIENT + "] is null");
            return;
        }
        Future<Integer> here = push.here(requester, reply);
        if (here != null) {
            here.onSuccess(code -> answer(
                    request,
                    names,
                    code == ResponseCode.SUCCESS ? null : "push reply message to " + requester + "fail."));
            return;
        }
        push.elsewhere(reply)
                .onSuccess(done -> answer(
                        request,
                        names,
                        done ? null : "push reply message fail, channel of <" + requester + "> not found."));
    }

    private ReplyPush.Reply reply(RpcRequest request, SendFields names) {
        Fields fields = request.fields();
        Map<String, String> values = new LinkedHashMap<>();
        values.put("producerGroup", fields.requiredText(names.producerGroup()));
        values.put("topic", fields.requiredText(names.topic()));
        values.put("defaultTopic", fields.requiredText(names.defaultTopic()));
        values.put("defaultTopicQueueNums", fields.requiredText(names.defaultQueues()));
        values.put("queueId", Integer.toString(fields.requiredNumber(names.queueId())));
        values.put("sysFlag", Integer.toString(fields.requiredNumber(names.sysFlag())));
        values.put("bornTimestamp", Long.toString(fields.requiredLong(names.bornTimestamp())));
        values.put("flag", Integer.toString(fields.requiredNumber(names.flag())));
        values.put("reconsumeTimes", Integer.toString(fields.number(names.reconsumeTimes(), 0)));
        values.put("bornHost", ClientChannel.addressOf(request.connection()));
        values.put("storeHost", storeHost);
        values.put("storeTimestamp", Long.toString(clock.getAsLong()));
        String properties = fields.text(names.properties());
        String given = properties == null || properties.isEmpty() || properties.endsWith("\u0002")
                ? String.valueOf(properties == null ? "" : properties)
                : properties + '\u0002';
        values.put("properties", given + PropertyNames.PUSH_REPLY_TIME + '\u0001' + clock.getAsLong() + '\u0002');
        return new ReplyPush.Reply(values, ByteBufUtil.getBytes(request.body()));
    }

    /** Stores the reply if replies are stored, and answers. */
    private void answer(RpcRequest request, SendFields names, @Nullable String problem) {
        int code = problem == null ? ResponseCode.SUCCESS : ResponseCode.SYSTEM_ERROR;
        int queueId = Math.max(0, request.fields().number(names.queueId(), 0));
        // Clients take the id apart: it must not be missing.
        FieldWriter withoutPlace = problem != null
                ? FieldWriter.NONE
                : sink -> sink.put("msgId", "0").put("queueId", queueId).put("queueOffset", 0);
        StoredReply stored = new StoredReply(request, code, problem, withoutPlace);
        try {
            if (!store.test(stored)) {
                request.reply(code, problem, withoutPlace, null);
            }
        } catch (RequestException refused) {
            stored.reply(refused.code(), refused.getMessage());
        }
    }
}
