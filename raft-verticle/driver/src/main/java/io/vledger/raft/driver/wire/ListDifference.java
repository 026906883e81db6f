package io.vledger.raft.driver.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What differs between two members' lists of the group's members. Their order does not count. */
final class ListDifference {
    private final String peer;
    private final List<String> members = new ArrayList<>();
    private final List<String> addresses = new ArrayList<>();

    /**
     * Compares.
     *
     * @param own this node's list, address by id
     * @param peer the other node
     * @param other its list
     */
    ListDifference(Map<String, String> own, String peer, Map<String, String> other) {
        this.peer = peer;
        TreeSet<String> all = new TreeSet<>(own.keySet());
        all.addAll(other.keySet());
        for (String member : all) {
            String here = own.get(member);
            String there = other.get(member);
            if (here == null) {
                members.add(peer + " lists " + member + " (" + there + "), this node does not");
            } else if (there == null) {
                members.add("this node lists " + member + " (" + here + "), " + peer + " does not");
            } else if (!here.equals(there)) {
                addresses.add(peer + " lists " + member + " at " + there + ", this node at " + here);
            }
        }
    }

    /** Whether they name different members: the two would count different majorities, and must not work together. */
    boolean inMembers() {
        return !members.isEmpty();
    }

    /** What differs and what to do, as a sentence; empty if nothing differs. */
    String sentence() {
        if (inMembers()) {
            return "the lists of members of this node and " + peer + " differ: " + String.join("; ", members)
                    + ". They do not connect until every member has the same list of peers (in any order)";
        }
        return addresses.isEmpty()
                ? ""
                : "the addresses of members that this node and " + peer + " have differ: "
                        + String.join("; ", addresses) + ". Give every member the same list, unless networks differ";
    }
}
