package io.vledger.sim.check;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a producer was answered about its transaction is what became of it, once. A half message that was acknowledged and not decided
 * is open.
 */
public final class TransactionsEnd {
    private final Map<String, Transaction> all = new TreeMap<>();

    private static final class Transaction {
        private int commits;
        private int rollbacks;
        private boolean acknowledged;
        private boolean unknown;
    }

    private Transaction of(String key) {
        return all.computeIfAbsent(key, name -> new Transaction());
    }

    /** A half message was acknowledged. */
    public void acknowledged(String key) {
        of(key).acknowledged = true;
    }

    /** A decision was answered. */
    public void decided(String key, boolean commit) {
        Transaction transaction = of(key);
        transaction.commits += commit ? 1 : 0;
        transaction.rollbacks += commit ? 0 : 1;
        if (transaction.commits + transaction.rollbacks > 1) {
            throw new Broken("transaction " + key + " was decided " + transaction.commits + " times for its commit and "
                    + transaction.rollbacks + " times against it");
        }
    }

    /** A decision was sent, and nothing is known of it. */
    public void unknown(String key) {
        of(key).unknown = true;
    }

    /** Decisions that were answered. */
    public long decided() {
        return all.values().stream()
                .filter(each -> each.commits + each.rollbacks > 0)
                .count();
    }

    /**
     * Compares with what a member has in the end.
     *
     * @param copies how often the message of a transaction is there
     * @param open half messages without an outcome
     */
    public void judge(Member member, Map<String, Integer> copies, int open) {
        int undecided = 0;
        for (Map.Entry<String, Transaction> each : all.entrySet()) {
            Transaction transaction = each.getValue();
            int there = copies.getOrDefault(each.getKey(), 0);
            boolean right = transaction.unknown
                    ? there <= 1 && there >= transaction.commits && there + transaction.rollbacks <= 1
                    : there == transaction.commits;
            if (!right) {
                throw new Broken(member + " has the message of transaction " + each.getKey() + " " + there
                        + " times; its producer was answered " + transaction.commits + " commits and "
                        + transaction.rollbacks + " rollbacks");
            }
            boolean decided = transaction.unknown || transaction.commits + transaction.rollbacks > 0;
            undecided += transaction.acknowledged && !decided ? 1 : 0;
        }
        if (open < undecided) {
            throw new Broken(member + " has " + open + " open half messages; " + undecided
                    + " were acknowledged and not decided");
        }
    }
}
