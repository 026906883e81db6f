package io.vledger.broker.access;

import io.vledger.access.key.AccessKeys;
import io.vledger.access.plain.PlainAccount;
import io.vledger.access.policy.Migration;
import io.vledger.access.policy.Policies;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.BrokerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a leader does about users by itself, once it takes proposals: it makes those that its configuration names and that are not there,
 * and accounts of ACL 1.0 where they are to become users, and it seals passwords anew that an old key sealed. Loop only.
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
        create(settings.firstUser(), keys);
        create(settings.innerUser(), keys);
        if (settings.mode().migrate()) {
            access.rules().accounts().values().forEach(account -> migrate(account, keys));
        }
        state.users().values().stream()
                .filter(user -> keys.outdated(user.password()))
                .toList()
                .forEach(user -> sealAnew(user, keys));
    }

    private void create(AccessSettings.@Nullable Credentials credentials, AccessKeys keys) {
        if (credentials != null && state.user(credentials.name()) == null) {
            make(credentials.name(), credentials.password(), true, keys);
        }
    }

    private void make(String name, String password, boolean superUser, AccessKeys keys) {
        LOG.info("group {}: the user {} is made", group.name(), name);
        User user = new User(name, superUser, true, keys.seal(password, UserRules.owner(group.name(), name)));
        proposals.create(user, this::outcome);
    }

    private void migrate(PlainAccount account, AccessKeys keys) {
        if (state.user(account.accessKey()) != null) {
            return;
        }
        make(account.accessKey(), account.secretKey(), account.admin(), keys);
        Policies policies = Migration.policies(account);
        proposals.put(account.accessKey(), policies, this::outcome);
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
