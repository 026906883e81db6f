package io.vledger.grpc.client;

import apache.rocketmq.v2.Code;
import io.vertx.core.Future;
import io.vledger.grpc.broker.Receipts;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.message.ReceiptHandle;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Messages that a consumer asked to be kept invisible for as long as it works on them. Their receipts are renewed before they are over;
 * the consumer goes on showing the first one. Only a message that is worked on for most of its invisible time is ever renewed, so what is
 * known here is lost with the member for these alone: they come again, as after a consumer that died.
 */
public final class Renewals {
    /** A message is renewed in this last part of its invisible time. */
    private static final int LAST_PART = 4;

    private static final long MAX_MS = 3 * 3_600_000L;
    private static final long GIVEN_UP_MS = 1_000;
    private static final int MAX_MESSAGES = 100_000;

    private final Receipts receipts;
    private final LongSupplier clock;
    private final long invisibleMs;
    private final Map<String, RenewedMessage> messages = new LinkedHashMap<>();

    private static final class RenewedMessage {
        private final String group;
        private final String topic;
        private final long sinceMs;
        /** The receipt that the consumer shows. */
        private final String shown;

        private ReceiptHandle handle;
        private @Nullable Future<ReceiptHandle> renewing;

        RenewedMessage(String group, String topic, ReceiptHandle handle, long sinceMs) {
            this.group = group;
            this.topic = topic;
            this.handle = handle;
            this.shown = handle.text();
            this.sinceMs = sinceMs;
        }
    }

    /**
     * Made once for a client.
     *
     * @param clock milliseconds since the epoch
     * @param invisibleMs how long a message stays invisible without being renewed
     */
    public Renewals(Receipts receipts, LongSupplier clock, long invisibleMs) {
        this.receipts = receipts;
        this.clock = clock;
        this.invisibleMs = invisibleMs;
    }

    /** How often to look what is due, so that none is missed. */
    public static long lookEveryMs(long invisibleMs) {
        return invisibleMs / LAST_PART / 3;
    }

    /** How long a message stays invisible without being renewed. */
    public long invisibleMs() {
        return invisibleMs;
    }

    /** What the consumer does with its messages. */
    public Receipts receipts() {
        return receipts;
    }

    /** A message was given to the consumer. */
    public void add(String group, String topic, ReceiptHandle handle) {
        if (messages.size() < MAX_MESSAGES) {
            messages.put(handle.text(), new RenewedMessage(group, topic, handle, clock.getAsLong()));
        }
    }

    /** The receipt that counts in place of the one that the consumer shows; it is renewed no more. */
    public Future<ReceiptHandle> take(ReceiptHandle shown) {
        RenewedMessage held = messages.remove(shown.text());
        if (held == null) {
            return Future.succeededFuture(shown);
        }
        Future<ReceiptHandle> renewing = held.renewing;
        return renewing == null ? Future.succeededFuture(held.handle) : renewing;
    }

    /** Renews what is due. */
    void renew() {
        long now = clock.getAsLong();
        List<RenewedMessage> due = new ArrayList<>();
        for (Iterator<RenewedMessage> each = messages.values().iterator(); each.hasNext(); ) {
            RenewedMessage held = each.next();
            if (now - held.sinceMs > MAX_MS) {
                each.remove();
            } else if (held.renewing == null && held.handle.visibleMs() - now < invisibleMs / LAST_PART) {
                due.add(held);
            }
        }
        due.forEach(this::renew);
    }

    private void renew(RenewedMessage held) {
        ReceiptHandle before = held.handle;
        Future<ReceiptHandle> renewing = receipts.change(held.group, held.topic, before, invisibleMs)
                .onFailure(cause -> {
                    if (cause instanceof StatusException refusal && refusal.code() == Code.INVALID_RECEIPT_HANDLE) {
                        messages.remove(held.shown, held); // it is over, and the message is somebody else's by now
                    }
                })
                .otherwise(before)
                .onSuccess(renewed -> {
                    held.renewing = null;
                    held.handle = renewed;
                });
        if (!renewing.isComplete()) {
            held.renewing = renewing;
        }
    }

    /** The consumer has gone: what it held is to be visible soon. */
    Future<Void> giveUp() {
        List<Future<?>> changes = new ArrayList<>();
        messages.values()
                .forEach(held -> changes.add(receipts.change(held.group, held.topic, held.handle, GIVEN_UP_MS)
                        .otherwiseEmpty()));
        messages.clear();
        return Future.join(changes).mapEmpty();
    }
}
