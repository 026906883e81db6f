package io.vledger.broker.access;

import io.vledger.access.key.AccessKeys;
import io.vledger.access.key.Sealed;
import io.vledger.access.plain.PlainAccount;
import io.vledger.access.policy.Migration;
import io.vledger.access.policy.OldUser;
import io.vledger.access.policy.Policies;
import io.vledger.access.policy.PolicyJson;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.BrokerState;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a leader does about users by itself, once it takes proposals: it creates those that its configuration names and that are not there,
 * and turns accounts of ACL 1.0, or users of an earlier RocketMQ 5, into users where that is configured, and it seals passwords anew that an old key sealed. Loop only.
 */
final class FirstUsers {
    private static final Logger LOG = LoggerFactory.getLogger(FirstUsers.class);

    private final Group group;
    private final BrokerState broker;
    private final AccessState state;
    private final NodeAccess access;
    private final UserRules users;
    private final AccessProposals proposals;
    private long doneInTerm = -1;
    private @Nullable AccessKeys doneWith;

    FirstUsers(Group group, BrokerState broker, NodeAccess access, UserRules users, AccessProposals proposals) {
        this.group = group;
        this.broker = broker;
        this.state = broker.part(AccessState.class);
        this.access = access;
        this.users = users;
        this.proposals = proposals;
    }

    /** The status of the group has changed, or the key may have. */
    void check(GroupStatus status) {
        AccessKeys keys = access.keys();
        boolean done = doneInTerm == status.term() && doneWith == keys;
        if (keys == null || done || !broker.leads() || group.refusal() != null) {
            return;
        }
        doneInTerm = status.term();
        doneWith = keys;
        AccessSettings settings = access.settings();
        configured(settings.firstUser(), keys);
        configured(settings.innerUser(), keys);
        if (settings.mode().migrate()) {
            access.rules().accounts().values().forEach(account -> migrate(account, keys));
        }
        takeOver(keys);
        state.users().values().stream()
                .filter(user -> keys.outdated(user.password()))
                .toList()
                .forEach(user -> sealAnew(user, keys));
    }

    private void configured(AccessSettings.@Nullable Credentials credentials, AccessKeys keys) {
        if (credentials != null && state.user(credentials.name()) == null) {
            create(
                    new Wanted(credentials.name(), credentials.password(), true, true, Policies.NONE),
                    keys,
                    this::outcome);
        }
    }

    private void migrate(PlainAccount account, AccessKeys keys) {
        String name = account.accessKey();
        if (state.user(name) == null) {
            create(
                    new Wanted(name, account.secretKey(), account.admin(), true, Migration.policies(account)),
                    keys,
                    this::outcome);
        }
    }

    /**
     * Once for a group: a leader that ends on the way leaves the rest to the next one, and after the last entry none comes back that was
     * deleted since. A member whose earlier broker had no users ends nothing.
     */
    private void takeOver(AccessKeys keys) {
        List<OldUser> old = access.oldUsers();
        if (old.isEmpty() || state.oldUsersTaken()) {
            return;
        }
        List<OldUser> missing =
                old.stream().filter(user -> state.user(user.name()) == null).toList();
        int[] left = {missing.size() + 1};
        Completion each = refusal -> {
            if (refusal != null) {
                outcome(refusal);
            } else if (--left[0] == 0) {
                proposals.taken(ended -> {
                    if (ended == null) {
                        LOG.info("group {}: {} users of the earlier broker are taken over", group.name(), old.size());
                    }
                    outcome(ended);
                });
            }
        };
        for (OldUser user : missing) {
            create(
                    new Wanted(user.name(), user.password(), user.superUser(), user.enabled(), user.policies()),
                    keys,
                    each);
        }
        each.done(null);
    }

    /** A user that is to be created. */
    private record Wanted(String name, String password, boolean superUser, boolean enabled, Policies policies) {}

    /**
     * User and policies are one entry: a leader that ends between two would leave a user without rights, whom the next leader takes for
     * finished. What could not be read again is not written: that is said, and counts as done.
     */
    private void create(Wanted wanted, AccessKeys keys, Completion done) {
        String name = wanted.name();
        if (!User.fits(name)) {
            refused(name, "the name has more than " + User.MAX_NAME_BYTES + " bytes");
            done.done(null);
            return;
        }
        User user;
        try {
            Sealed sealed = keys.seal(wanted.password(), UserRules.owner(group.name(), name));
            PolicyJson.check(wanted.policies());
            user = new User(name, wanted.superUser(), wanted.enabled(), sealed);
        } catch (IllegalArgumentException tooMuch) {
            refused(name, String.valueOf(tooMuch.getMessage()));
            done.done(null);
            return;
        }
        LOG.info("group {}: creating the user {}", group.name(), name);
        proposals.create(user, wanted.policies(), refusal -> {
            if (refusal == Refusal.TOO_LARGE) {
                refused(name, "the user's policies are larger than an entry of the log may be");
            }
            done.done(refusal == Refusal.TOO_LARGE ? null : refusal);
        });
    }

    /** Said once a term, and whenever the key changes: trying again would not help. */
    private void refused(String name, String why) {
        LOG.error(
                "group {}: the user {} cannot be created: {}; shorten that, or create the user with mqadmin createUser and"
                        + " createAcl",
                group.name(),
                name,
                why);
    }

    private void sealAnew(User user, AccessKeys keys) {
        String password = users.password(user);
        if (password == null) {
            LOG.error(
                    "group {}: the password of the user {} was sealed with another key than those of {}; add that key, or set"
                            + " the password again",
                    group.name(),
                    user.name(),
                    access.settings().keyFile());
            return;
        }
        UserChange change = new UserChange(null, null, keys.seal(password, UserRules.owner(group.name(), user.name())));
        proposals.update(user.name(), change, this::outcome);
    }

    private void outcome(@Nullable Refusal refusal) {
        if (refusal != null) {
            doneInTerm = -1; // the next status, or the next look, tries again
        }
    }
}
