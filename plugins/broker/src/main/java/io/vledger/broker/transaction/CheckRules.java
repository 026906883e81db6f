package io.vledger.broker.transaction;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.config.Settings;

/**
 * RocketMQ's rules of when a producer is asked for the outcome of its half message, and when the message is given up. Pure.
 *
 * @param timeOutMs age below which it is not asked, unless the message says otherwise ({@code transactionTimeOut})
 * @param checkMax how often it is asked ({@code transactionCheckMax})
 * @param reservedMs age above which it is given up: that at which log files go ({@code fileReservedTime})
 */
record CheckRules(long timeOutMs, int checkMax, long reservedMs) {
    private static final long MS_PER_SECOND = 1000;
    private static final long MS_PER_HOUR = 3_600_000;

    /** The rules of the settings that are in force now. */
    static CheckRules of(Settings settings) {
        GroupConfig.Transactions transactions = settings.transactions();
        return new CheckRules(
                transactions.timeOutMs(),
                transactions.checkMax(),
                settings.retention().hours() * MS_PER_HOUR);
    }

    /** What is to be done about a half message now. */
    enum Verdict {
        /** Nothing yet. */
        WAIT,
        /** Nothing yet, but it lies in an old file of the log and is stored again. */
        MOVE,
        /** Its producer is asked. */
        CHECK,
        /** It goes to the topic of those that were given up. */
        GIVE_UP
    }

    Verdict of(OpenHalf half, long nowMs) {
        long age = nowMs - half.bornMs();
        if (half.checks() >= checkMax || age > reservedMs) {
            return Verdict.GIVE_UP;
        }
        boolean immune;
        if (half.immunitySeconds() == OpenHalf.DEFAULT_IMMUNITY) {
            // A producer's clock that runs ahead must not keep it from being asked.
            immune = age >= 0 && age <= timeOutMs;
        } else {
            immune = age <= half.immunitySeconds() * MS_PER_SECOND;
        }
        return immune ? Verdict.WAIT : Verdict.CHECK;
    }

    /** Whether a producer may no longer decide about a half message without having been asked. */
    boolean tooLate(HalfProperties half, long ageMs) {
        return half.immunityGiven() && ageMs > Math.max(half.immunitySeconds() * MS_PER_SECOND, timeOutMs);
    }
}
