package io.vledger.broker.timer;

import io.vledger.api.plugin.GroupConfig.Timers;
import io.vledger.api.rpc.RequestException;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * RocketMQ's rules about times of delivery: which of a message's properties counts, which times are refused, and what is stored of them.
 * Times are milliseconds since the epoch.
 */
public final class TimerTimes {
    private static final int MAX_DIGITS = 19;

    private final Supplier<Timers> config;

    /** The rules with these settings. */
    public TimerTimes(Supplier<Timers> config) {
        this.config = config;
    }

    /**
     * What the properties of a message ask for; at most one of the first three counts, the first that is there.
     *
     * @param delaySec value of {@code TIMER_DELAY_SEC}
     * @param delayMs value of {@code TIMER_DELAY_MS}
     * @param deliverMs value of {@code TIMER_DELIVER_MS}
     * @param recalls whether there is {@code TIMER_DEL_UNIQKEY}
     */
    public record Wish(
            @Nullable String delaySec, @Nullable String delayMs, @Nullable String deliverMs, boolean recalls) {

        /** The wish of a stored message; null if it has none, or had it fulfilled. */
        public static @Nullable Wish of(MessageView message) {
            Wish wish = new Wish(
                    message.property(PropertyNames.TIMER_DELAY_SEC),
                    message.property(PropertyNames.TIMER_DELAY_MS),
                    message.property(PropertyNames.TIMER_DELIVER_MS),
                    message.property(PropertyNames.TIMER_DEL_UNIQKEY) != null);
            boolean none = wish.delaySec == null && wish.delayMs == null && wish.deliverMs == null;
            return none || message.property(PropertyNames.TIMER_OUT_MS) != null ? null : wish;
        }

        /** The time; null if it is no number, or none that fits. */
        private @Nullable Long timeMs(long nowMs) {
            try {
                if (delaySec != null) {
                    return Math.addExact(nowMs, Math.multiplyExact(number(delaySec), 1_000L));
                }
                return delayMs != null
                        ? Math.addExact(nowMs, number(delayMs))
                        : number(deliverMs == null ? "" : deliverMs);
            } catch (NumberFormatException | ArithmeticException wrong) {
                return null;
            }
        }

        private static long number(String text) {
            if (text.length() > MAX_DIGITS + 1) {
                throw new NumberFormatException("too long");
            }
            return Long.parseLong(text);
        }
    }

    /**
     * When a message is delivered.
     *
     * @param dueMs the time
     * @param outMs the time as {@code TIMER_OUT_MS} has it
     * @param recall whether it recalls another message
     */
    public record Plan(long dueMs, long outMs, boolean recall) {}

    /**
     * Plans the delivery of a message that a producer sends.
     *
     * @return null if it is to be delivered at once, because its time is past
     * @throws RequestException if it is refused
     */
    public @Nullable Plan plan(Wish wish, long nowMs) {
        if (!config.get().enabled()) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR,
                    "accurate timer message is not enabled, timerWheelEnable is false at this broker");
        }
        Long timeMs = wish.timeMs(nowMs);
        boolean late = timeMs != null && timeMs <= nowMs;
        if (timeMs == null
                || (late && wish.recalls())
                || (!late && timeMs - nowMs > config.get().maxDelaySec() * 1_000L)) {
            throw new RequestException(
                    ResponseCode.MESSAGE_ILLEGAL,
                    "timer message illegal, the delay time should not be bigger than the max delay "
                            + config.get().maxDelaySec() * 1_000L
                            + "ms; or if set del msg, the delay time should be bigger than the current time");
        }
        return late ? null : planAt(timeMs, wish.recalls());
    }

    /**
     * Plans the delivery of a message that was accepted before, such as a half message that is committed: what would be refused is
     * delivered at once.
     */
    public @Nullable Plan planAccepted(MessageView message, long nowMs) {
        Wish wish = Wish.of(message);
        Long timeMs = wish == null || !config.get().enabled() ? null : wish.timeMs(nowMs);
        if (timeMs == null || timeMs <= nowMs || timeMs - nowMs > config.get().maxDelaySec() * 1_000L) {
            return null;
        }
        return planAt(timeMs, false);
    }

    private Plan planAt(long timeMs, boolean recall) {
        long outMs = (timeMs - 1) / config.get().precisionMs() * config.get().precisionMs();
        // A recall acts before what it recalls, and it is known only to what span that belongs.
        return new Plan(recall ? outMs : timeMs, outMs, recall);
    }

    /**
     * When a message that waits is to be delivered: as its producer said as far as that is known, otherwise when RocketMQ delivers it.
     *
     * @return {@code otherwise} if it does not say when
     */
    public long dueMs(MessageView message, long otherwise) {
        Long outMs = parsed(message.property(PropertyNames.TIMER_OUT_MS));
        if (outMs == null || outMs < 0 || outMs > Long.MAX_VALUE / 4) {
            return otherwise;
        }
        if (message.property(PropertyNames.TIMER_DEL_UNIQKEY) != null) {
            return outMs;
        }
        Wish wish = new Wish(
                message.property(PropertyNames.TIMER_DELAY_SEC),
                message.property(PropertyNames.TIMER_DELAY_MS),
                message.property(PropertyNames.TIMER_DELIVER_MS),
                false);
        Long exact = wish.timeMs(message.storeTimestamp());
        long latest = outMs + config.get().precisionMs();
        return exact != null && exact > outMs && exact <= latest ? exact : latest;
    }

    private static @Nullable Long parsed(@Nullable String text) {
        try {
            return text == null ? null : Wish.number(text);
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    /** How far away a time may be, milliseconds. */
    public long maxDelayMs() {
        return config.get().maxDelaySec() * 1_000L;
    }

    /** Whether producers may recall messages. */
    public boolean recall() {
        return config.get().recall();
    }

    /** How many may be due in a minute. */
    long maxEachMinute() {
        return (long) config.get().maxEachSlot()
                * (TimerBuckets.MINUTE_MS / config.get().precisionMs());
    }
}
