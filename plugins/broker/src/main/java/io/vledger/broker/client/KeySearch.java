package io.vledger.broker.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Group;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.TimeSpan;
import io.vledger.broker.group.ColdReads;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.KeyHash;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One search for messages by key: from the newest to older ones, first in the group's own log, then in that of an earlier broker.
 * The indexes say where to look; topic, key and time are compared with each message itself, so that none outside the span
 * takes the place of one inside. Messages are fetched one after the other, since each may have to wait for the disk, and the
 * loop is left after every {@value #BATCH}. Loop only.
 */
final class KeySearch {
    private static final Logger LOG = LoggerFactory.getLogger(KeySearch.class);
    private static final int BATCH = 64;
    /** Messages that one search reads, in each of the two logs. */
    static final int MAX_EXAMINED = 16_384;

    private static final int MAX_BODY_BYTES = 8 << 20;

    private final Log log;
    private final RpcRequest request;
    private final Wanted wanted;
    private final int max;
    private final MessageView view = new MessageView();
    /** Found so far, the oldest first, as RocketMQ answers. */
    private final Deque<ByteBuf> found = new ArrayDeque<>();

    private final Set<Long> seen = new HashSet<>();
    private long[] positions = {};
    private int at;
    private long before = Long.MAX_VALUE;
    private int examined;
    private boolean inOriginLog;
    private boolean full;
    private int bytes;
    private long newestMs;
    private long newestPosition;
    private boolean running;
    private boolean stepAgain;

    KeySearch(Log log, RpcRequest request, Wanted wanted, int max) {
        this.log = log;
        this.request = request;
        this.wanted = wanted;
        this.max = max;
    }

    /** Begins. Answers the request, maybe before this returns. */
    void start() {
        request.detach();
        run();
    }

    /** Makes steps for as long as each is done before it returns; deep recursion would be the alternative. */
    private void run() {
        if (running) {
            stepAgain = true;
            return;
        }
        running = true;
        do {
            stepAgain = false;
            step();
        } while (stepAgain);
        running = false;
    }

    private void step() {
        if (full || found.size() >= max) {
            finish();
        } else if (at < positions.length) {
            examine(positions[at++]);
        } else if (inOriginLog) {
            finish();
        } else {
            searchFurther();
        }
    }

    private void searchFurther() {
        if (examined >= MAX_EXAMINED) {
            finish();
            return;
        }
        try {
            positions = log.keys.find(KeyHash.of(wanted.topic, wanted.key), wanted.stored, before, BATCH);
        } catch (StoreException e) {
            LOG.warn("the key index cannot be read: {}", e.getMessage());
            fail("the key index cannot be read: " + e.getMessage());
            return;
        }
        at = 0;
        examined += positions.length;
        if (positions.length > 0) {
            before = positions[positions.length - 1];
            if (examined <= BATCH) {
                run();
            } else {
                log.group.execute(this::run);
            }
        } else {
            searchOriginLog();
        }
    }

    private void searchOriginLog() {
        inOriginLog = true;
        if (log.originEnd == 0) {
            finish();
            return;
        }
        long[][] older = {{}};
        log.coldReads.run(() -> older[0] = older(), () -> {
            positions = older[0];
            at = 0;
            run();
        });
    }

    private long[] older() {
        try {
            return log.keys.findInOrigin(wanted.topic, wanted.key, wanted.stored, MAX_EXAMINED);
        } catch (StoreException e) {
            LOG.warn("the key index of the earlier broker cannot be read: {}", e.getMessage());
            return new long[0];
        }
    }

    private void examine(long position) {
        if (!seen.add(position)) {
            run();
            return;
        }
        log.messages.find(position, (message, failure) -> {
            if (failure != null && position >= log.originEnd) {
                // The index of an earlier broker may point anywhere; the group's own index points to messages.
                fail(String.valueOf(failure.getMessage()));
                return;
            }
            if (message != null) {
                take(message, position);
            }
            run();
        });
    }

    private void take(ByteBuf message, long position) {
        boolean intact = view.wrap(message, message.readerIndex(), message.readableBytes()) == null;
        if (!intact || !wanted.matches(view)) {
            message.release();
            return;
        }
        if (bytes > 0 && bytes + message.readableBytes() > MAX_BODY_BYTES) {
            message.release();
            full = true;
            return;
        }
        bytes += message.readableBytes();
        newestMs = Math.max(newestMs, view.storeTimestamp());
        newestPosition = Math.max(newestPosition, position);
        found.addFirst(message);
    }

    private void fail(String why) {
        found.forEach(ByteBuf::release);
        found.clear();
        request.reply(ResponseCode.SYSTEM_ERROR, why);
    }

    private void finish() {
        if (found.isEmpty()) {
            request.reply(
                    ResponseCode.QUERY_NOT_FOUND,
                    examined < MAX_EXAMINED
                            ? "can not find message, maybe time range not correct"
                            : "the newest " + MAX_EXAMINED + " messages that may have the key are outside of the"
                                    + " span of time, and older ones were not searched",
                    fields -> fields.put("indexLastUpdateTimestamp", 0).put("indexLastUpdatePhyoffset", 0),
                    null);
            return;
        }
        ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer(bytes);
        for (ByteBuf message : found) {
            body.writeBytes(message);
            message.release();
        }
        found.clear();
        request.reply(
                ResponseCode.SUCCESS,
                null,
                fields -> fields.put("indexLastUpdateTimestamp", newestMs)
                        .put("indexLastUpdatePhyoffset", newestPosition),
                body);
    }

    /**
     * Where is searched, the same for all searches of a group.
     *
     * @param originEnd log position below which messages are an earlier broker's; 0 if there are none
     */
    record Log(Group group, KeyIndex keys, StoredMessages messages, ColdReads coldReads, long originEnd) {}

    /**
     * What is searched for.
     *
     * @param key one of a message's keys, or its unique id
     * @param unique whether only the unique id counts
     * @param stored which store timestamps count
     */
    record Wanted(String topic, String key, boolean unique, TimeSpan stored) {
        /** The index finds hashes and rough times: the message decides. */
        boolean matches(MessageView message) {
            if (!stored.contains(message.storeTimestamp()) || !message.topic().equals(topic)) {
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
