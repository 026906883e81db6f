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
    private final Map<String, Sender> senders = new HashMap<>();

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
        senders.remove(name);
        granted.forget(name);
    }

    /** How many keys of users are in memory. */
    int keysKept() {
        return (int)
                senders.values().stream().filter(sender -> sender.key() != null).count();
    }

    /**
     * What is known of a user who sends requests.
     *
     * @param version of the state by which this is so
     * @param key made from the user's password; null if nobody needed it yet
     */
    private record Sender(long version, User user, @Nullable Policies policies, @Nullable SigningKey key) {}

    /** The user of this name, or null. */
    private @Nullable Sender sender(String name) {
        Sender known = senders.get(name);
        if (known != null && known.version() == state.version()) {
            return known;
        }
        User user = state.user(name);
        if (user == null) {
            return null;
        }
        SigningKey key = known != null && known.user().equals(user) ? known.key() : null;
        Sender now = new Sender(state.version(), user, state.policies(name), key);
        senders.put(name, now);
        return now;
    }

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
        Sender sender = sender(name);
        if (sender == null) {
            return "User:" + name + " is not found.";
        }
        User user = sender.user();
        if (!user.enabled()) {
            return "User:" + name + " is disabled.";
        }
        SigningKey key = sender.key();
        if (key == null) {
            String password = password(user);
            if (password == null) {
                return "the password of User:" + name + " cannot be read with the key of this member, "
                        + access.settings().keyFile();
            }
            key = new SigningKey(password, signed);
            senders.put(name, new Sender(sender.version(), user, sender.policies(), key));
        }
        return signs.test(key) ? null : "check signature failed.";
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
        Sender sender = sender(name);
        if (sender == null) {
            return "User:" + name + " not found.";
        }
        User user = sender.user();
        if (!user.enabled()) {
            return "User:" + name + " is disabled.";
        }
        if (user.superUser()) {
            return null;
        }
        Policies policies = sender.policies();
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
