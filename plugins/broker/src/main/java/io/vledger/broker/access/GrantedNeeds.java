package io.vledger.broker.access;

import io.vledger.access.policy.Policies;
import io.vledger.access.rights.Need;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was found to be granted, by user, until their policies change, which are another object then: for users with so many entries that
 * looking through them takes longer. What is refused is not remembered, since a stranger chooses it. Bounded: {@value #MAX} of all users.
 * Loop only.
 */
final class GrantedNeeds {
    private static final int MAX = 10_000;
    private static final int MAX_NAME_CHARACTERS = 255;
    /** Fewer entries are looked through in the time of a look-up. */
    private static final int MANY_ENTRIES = 16;

    private final Map<String, Granted> granted = new HashMap<>();
    private int remembered;

    /**
     * What is granted by the policies of one user.
     *
     * @param lasting whether the answer depends on nothing but the need
     */
    private record Granted(Policies by, boolean lasting, Set<Need> needs) {}

    /**
     * Whether policies grant what a request needs.
     *
     * @return null if so, else why not
     */
    @Nullable
    String refusal(String user, Policies policies, Need need, InetAddress from) {
        return policies.size() < MANY_ENTRIES
                ? policies.refusal(need, from)
                : remembered(of(user, policies), need, from);
    }

    /** By identity: comparing as many entries as this remembers for would take as long as looking through them. */
    @SuppressWarnings("ReferenceEquality")
    private Granted of(String user, Policies policies) {
        Granted known = granted.get(user);
        if (known == null || known.by() != policies) {
            forget(user);
            known = new Granted(policies, !policies.dependsOnSource(), new HashSet<>());
            granted.put(user, known);
        }
        return known;
    }

    private @Nullable String remembered(Granted known, Need need, InetAddress from) {
        if (known.needs().contains(need)) {
            return null;
        }
        String refusal = known.by().refusal(need, from);
        if (refusal == null && known.lasting() && need.name().length() <= MAX_NAME_CHARACTERS) {
            if (remembered >= MAX) {
                granted.values().forEach(all -> all.needs().clear());
                remembered = 0;
            }
            known.needs().add(need);
            remembered++;
        }
        return refusal;
    }

    /** Forgets a user. */
    void forget(String user) {
        Granted known = granted.remove(user);
        remembered -= known == null ? 0 : known.needs().size();
    }

    /** How much is remembered. */
    int size() {
        return remembered;
    }
}
