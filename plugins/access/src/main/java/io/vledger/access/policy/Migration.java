package io.vledger.access.policy;

import io.vledger.access.plain.PlainAccount;
import io.vledger.access.plain.PlainPermission;
import io.vledger.access.rights.Action;
import io.vledger.access.rights.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Accounts of ACL 1.0 as policies, by the rules of RocketMQ's {@code AuthMigrator}. */
public final class Migration {
    private Migration() {}

    /** What an account may do. RocketMQ leaves white addresses behind, and so does this: they let in without a signature. */
    public static Policies policies(PlainAccount account) {
        List<PolicyEntry> custom = new ArrayList<>();
        add(custom, ResourceKind.TOPIC, account.topicPerms());
        add(custom, ResourceKind.GROUP, account.groupPerms());
        List<PolicyEntry> defaults = List.of(
                entry(new Resource(ResourceKind.TOPIC, Resource.Pattern.ANY, ""), account.defaultTopicPerm()),
                entry(new Resource(ResourceKind.GROUP, Resource.Pattern.ANY, ""), account.defaultGroupPerm()));
        return new Policies(custom, defaults);
    }

    private static void add(List<PolicyEntry> target, ResourceKind kind, Map<String, PlainPermission> permissions) {
        permissions.forEach((name, permission) ->
                target.add(entry(new Resource(kind, Resource.Pattern.LITERAL, name), permission)));
    }

    private static PolicyEntry entry(Resource resource, PlainPermission permission) {
        List<Action> actions = new ArrayList<>();
        if (permission.pub()) {
            actions.add(Action.PUB);
        }
        if (permission.sub()) {
            actions.add(Action.SUB);
        }
        boolean allow = !actions.isEmpty();
        return new PolicyEntry(resource, allow ? actions : List.of(Action.ALL), List.of(), allow);
    }
}
