package io.vledger.broker.access;

import io.vledger.access.key.AccessKeys;
import io.vledger.access.policy.Policies;
import io.vledger.access.rights.Need;
import io.vledger.access.signature.SignedBytes;
import io.vledger.access.signature.SigningKey;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What RocketMQ 5's users may do, by the replicated state, and whether a request is one's. Loop only. */
final class UserRules {
    private final String group;
    private final AccessState state;
    private final NodeAccess access;
    private final SignedBytes signed;
    private final GrantedNeeds granted = new GrantedNeeds();
    private final Map<String, Cached> signing = new HashMap<>();

    /** @param signed where what users sign is gathered */
    UserRules(String group, AccessState state, NodeAccess access, SignedBytes signed) {
        this.signed = signed;
        this.group = group;
        this.state = state;
        this.access = access;
        state.onRemoval(this::forget);
    }

    /** Keys of who is gone are no more in memory. */
    private void forget(String name) {
        signing.remove(name);
        granted.forget(name);
    }

    /** How many keys of users are in memory. */
    int keysKept() {
        return signing.size();
    }

    /** A user's key, and the user from whose password it was made. */
    private record Cached(User user, SigningKey key) {}

    /** What passwords are sealed for. */
    static String owner(String group, String user) {
        return group + "/" + user;
    }

    /** A user's password; null if it cannot be opened with the key. */
    @Nullable
    String password(User user) {
        AccessKeys keys = access.keys();
        return keys == null ? null : keys.open(user.password(), owner(group, user.name()));
    }

    /**
     * Whether a user signed something.
     *
     * @param signs whether it was signed with a key
     * @return null if so, else why not
     */
    @Nullable
    String disbelief(String name, Predicate<SigningKey> signs) {
        User user = state.user(name);
        if (user == null) {
            return "User:" + name + " is not found.";
        }
        if (!user.enabled()) {
            return "User:" + name + " is disabled.";
        }
        Cached cached = signing.get(name);
        if (cached == null || !cached.user().equals(user)) {
            String password = password(user);
            if (password == null) {
                return "the password of User:" + name + " cannot be read with the key of this member, "
                        + access.settings().keyFile();
            }
            cached = new Cached(user, new SigningKey(password, signed));
            signing.put(name, cached);
        }
        return signs.test(cached.key()) ? null : "check signature failed.";
    }

    /** Whether a user may do everything. */
    boolean isSuper(@Nullable String name) {
        User user = name == null ? null : state.user(name);
        return user != null && user.enabled() && user.superUser();
    }

    /**
     * Whether a user may do what a request needs.
     *
     * @return null if so, else why not
     */
    @Nullable
    String refusal(String name, List<Need> needs, InetAddress from) {
        User user = state.user(name);
        if (user == null) {
            return "User:" + name + " not found.";
        }
        if (!user.enabled()) {
            return "User:" + name + " is disabled.";
        }
        if (user.superUser()) {
            return null;
        }
        Policies policies = state.policies(name);
        for (int i = 0; i < needs.size(); i++) {
            Need need = needs.get(i);
            String why = policies == null ? "no matched policies." : granted.refusal(name, policies, need, from);
            if (why != null) {
                return "User:" + name + " has no permission to access " + need + " from " + from.getHostAddress() + ", "
                        + why;
            }
        }
        return null;
    }
}
