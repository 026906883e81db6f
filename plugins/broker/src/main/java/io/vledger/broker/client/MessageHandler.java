package io.vledger.broker.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.GroupBroker;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.KeyHash;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers requests for messages by id (33) and by key (12). Loop only. */
final class MessageHandler {
    private static final Logger LOG = LoggerFactory.getLogger(MessageHandler.class);
    private static final int MAX_MESSAGES = 64;
    private static final int UNIQUE_MESSAGES = 32;
    private static final int MAX_BODY_BYTES = 8 << 20;

    private final GroupBroker broker;
    private final StoredMessages messages;

    MessageHandler(GroupBroker broker, StoredMessages messages) {
        this.broker = broker;
        this.messages = messages;
    }

    /** 33: the message at a position, as its id says. */
    void view(RpcRequest request) {
        long position = request.fields().requiredLong("offset");
        messages.find(position, message -> {
            if (message == null) {
                request.reply(ResponseCode.SYSTEM_ERROR, "can not find message by the offset, " + position);
            } else {
                request.reply(ResponseCode.SUCCESS, null, FieldWriter.NONE, message);
            }
        });
    }

    /** 12: the newest messages of a topic with a key, stored within a span of time. */
    void query(RpcRequest request) {
        String topic = request.fields().requiredText("topic");
        String key = request.fields().requiredText("key");
        boolean unique = request.fields().flag("_UNIQUE_KEY_QUERY", false)
                || "U".equals(request.fields().text("indexType"));
        int wanted = unique ? UNIQUE_MESSAGES : request.fields().requiredNumber("maxNum");
        long fromMs = request.fields().longNumber("beginTimestamp", 0);
        long toMs = request.fields().longNumber("endTimestamp", Long.MAX_VALUE);
        if ("T".equals(request.fields().text("indexType"))) {
            throw new RequestException(
                    ResponseCode.QUERY_NOT_FOUND, "messages are not indexed by tag; query by key or unique id");
        }
        int max = Math.max(1, Math.min(wanted, MAX_MESSAGES));
        long[] positions = positions(topic, key, fromMs, toMs, max);
        Wanted which = new Wanted(topic, key, unique);
        if (positions.length >= max || broker.state().oldEnd() == 0) {
            new Collection(request, positions, which).next();
            return;
        }
        long[][] older = {{}};
        broker.coldReads()
                .run(
                        () -> older[0] = older(topic, key, fromMs, toMs, max - positions.length),
                        () -> new Collection(request, joined(positions, older[0]), which).next());
    }

    private long[] older(String topic, String key, long fromMs, long toMs, int max) {
        try {
            return broker.store().keys().findOlder(topic, key, fromMs, toMs, max);
        } catch (StoreException e) {
            LOG.warn("the key index of the old broker cannot be read: {}", e.getMessage());
            return new long[0];
        }
    }

    private static long[] joined(long[] newer, long[] older) {
        return LongStream.concat(LongStream.of(newer), LongStream.of(older)).toArray();
    }

    private long[] positions(String topic, String key, long fromMs, long toMs, int max) {
        try {
            return broker.store().keys().find(KeyHash.of(topic, key), fromMs, toMs, max);
        } catch (StoreException e) {
            throw QueueTimes.unreadable("the key index", e);
        }
    }

    /** Fetches the messages of one answer one after the other, since each may have to wait for the disk. */
    private final class Collection {
        private final RpcRequest request;
        private final long[] positions;
        private final Wanted wanted;
        private final Set<Long> seen = new HashSet<>();
        private final ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer();
        private final MessageView view = new MessageView();
        private int at;
        private long newestMs;
        private long newestPosition;

        Collection(RpcRequest request, long[] positions, Wanted wanted) {
            this.request = request;
            this.positions = positions;
            this.wanted = wanted;
        }

        void next() {
            while (at < positions.length && !seen.add(positions[at])) {
                at++;
            }
            if (at >= positions.length) {
                finish();
                return;
            }
            long position = positions[at++];
            messages.find(position, message -> {
                if (message != null) {
                    take(message, position);
                }
                next();
            });
        }

        private void take(ByteBuf message, long position) {
            boolean fits = !body.isReadable() || body.readableBytes() + message.readableBytes() <= MAX_BODY_BYTES;
            boolean sound = view.wrap(message, message.readerIndex(), message.readableBytes()) == null;
            if (fits && sound && wanted.matches(view)) {
                newestMs = Math.max(newestMs, view.storeTimestamp());
                newestPosition = Math.max(newestPosition, position);
                body.writeBytes(message);
            }
            message.release();
        }

        private void finish() {
            if (body.isReadable()) {
                request.reply(
                        ResponseCode.SUCCESS,
                        null,
                        fields -> fields.put("indexLastUpdateTimestamp", newestMs)
                                .put("indexLastUpdatePhyoffset", newestPosition),
                        body);
            } else {
                body.release();
                request.reply(ResponseCode.QUERY_NOT_FOUND, "can not find message, maybe time range not correct");
            }
        }
    }

    private record Wanted(String topic, String key, boolean unique) {
        /** The index finds hashes: the message decides. */
        boolean matches(MessageView message) {
            if (!message.topic().equals(topic)) {
                return false;
            }
            if (key.equals(message.property(PropertyNames.UNIQ_KEY))) {
                return true;
            }
            return !unique && hasKey(message.property(PropertyNames.KEYS));
        }

        private boolean hasKey(@Nullable String keys) {
            if (keys != null) {
                for (String one : keys.split(" ")) {
                    if (one.equals(key)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }
}
