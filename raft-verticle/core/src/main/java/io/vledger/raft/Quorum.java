package io.vledger.raft;

import java.util.List;
import java.util.function.Predicate;

/** The quorum rule: a majority of all members counting trusted ones only, or every member. */
final class Quorum {
    private final List<String> members;

    Quorum(List<String> members) {
        this.members = members;
    }

    /**
     * Whether the members that satisfy {@code agrees} are a quorum.
     *
     * @param trusted whether the group relies on the member's memory
     */
    boolean met(Predicate<String> agrees, Predicate<String> trusted) {
        int all = 0;
        int counted = 0;
        for (String member : members) {
            if (agrees.test(member)) {
                all++;
                if (trusted.test(member)) {
                    counted++;
                }
            }
        }
        return counted > members.size() / 2 || all == members.size();
    }
}
