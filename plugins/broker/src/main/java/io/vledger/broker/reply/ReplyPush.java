package io.vledger.broker.reply;

import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vledger.api.rpc.Fields;
import io.vledger.broker.client.ClientChannel;
import io.vledger.broker.client.ProducerRegistry;
import io.vledger.broker.group.MemberCalls;
import io.vledger.broker.group.OtherMembers;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.PropertyNames;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hands a reply to the producer that waits for it. Loop only. */
final class ReplyPush {
    /** RocketMQ waits as long for the client. */
    private static final int TIMEOUT_MS = 10_000;

    private final ProducerRegistry producers;
    private final OtherMembers others;

    ReplyPush(ProducerRegistry producers, OtherMembers others) {
        this.producers = producers;
        this.others = others;
    }

    /** A reply as it goes to the requester: header fields by name, and the body. */
    record Reply(Map<String, String> fields, byte[] body) {
        /** The client id of the requester; null if the properties do not say. */
        @Nullable
        String requester() {
            return property(fields.getOrDefault("properties", ""), PropertyNames.REPLY_TO_CLIENT);
        }

        /** The reply in a request from another member. */
        static Reply of(Fields fields, byte[] body) {
            return new Reply(MemberCalls.fieldsOf(fields), body);
        }
    }

    /** The value of a property in RocketMQ's text form; null if it is not there. */
    static @Nullable String property(String properties, String name) {
        String found = null;
        for (String pair : properties.split("\u0002")) {
            int end = pair.indexOf('\u0001');
            if (end == name.length() && pair.startsWith(name)) {
                found = pair.substring(end + 1);
            }
        }
        return found == null || found.isEmpty() ? null : found;
    }

    /**
     * Pushes a reply to a client that is connected to this member.
     *
     * @return the client's answer as a response code; null if no such client is connected here
     */
    @Nullable
    Future<Integer> here(String requester, Reply reply) {
        ClientChannel client = producers.client(requester);
        if (client == null || !client.connection().open()) {
            return null;
        }
        return client.connection()
                .call(
                        RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT,
                        sink -> reply.fields().forEach(sink::put),
                        Unpooled.wrappedBuffer(reply.body()),
                        TIMEOUT_MS)
                .map(answer -> answer.code())
                .otherwise(ResponseCode.SYSTEM_ERROR);
    }

    /** Has another member push a reply; whether one did. */
    Future<Boolean> elsewhere(Reply reply) {
        return others.firstThatDoes(
                RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT,
                sink -> reply.fields().forEach(sink::put),
                reply.body(),
                TIMEOUT_MS);
    }
}
