package io.vledger.nameservice;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Gives each member of a group the broker id under which it is published while it does not lead: the same on every node. */
final class BrokerIds {
    private static final int MAX_DIGITS = 9;

    private BrokerIds() {}

    /**
     * One more than the number at the end of the node's id; or, if those numbers do not tell the members apart, than its
     * place in the list.
     */
    static long of(String node, Collection<String> members) {
        Set<Long> numbers = new HashSet<>();
        boolean distinct = true;
        for (String member : members) {
            long number = number(member);
            distinct &= number >= 0 && numbers.add(number);
        }
        if (distinct && number(node) >= 0) {
            return number(node) + 1;
        }
        int place = List.copyOf(members).indexOf(node);
        return (place < 0 ? members.size() : place) + 1L;
    }

    private static long number(String node) {
        int start = node.length();
        while (start > 0 && node.charAt(start - 1) >= '0' && node.charAt(start - 1) <= '9') {
            start--;
        }
        int digits = node.length() - start;
        return digits == 0 || digits > MAX_DIGITS ? -1 : Long.parseLong(node.substring(start));
    }
}
