package io.vledger.sim.check;

import io.vledger.api.group.GroupRole;
import java.util.HashMap;
import java.util.Map;

/** In each term at most one member leads (paper 5.2). */
final class OneLeaderATerm {
    private final Map<Long, String> leaders = new HashMap<>();

    void roleChanged(Member member, GroupRole role, long term) {
        if (role == GroupRole.LEADER || role == GroupRole.LEADER_STARTING) {
            String other = leaders.putIfAbsent(term, member.id());
            if (other != null && !other.equals(member.id())) {
                throw new Broken("term " + term + " has two leaders, " + other + " and " + member.id());
            }
        }
    }

    int terms() {
        return leaders.size();
    }
}
