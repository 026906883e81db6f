package io.vledger.access.policy;

import io.vledger.access.rights.Action;
import io.vledger.access.rights.Need;
import java.net.InetAddress;
import java.util.List;

/**
 * One line of a policy.
 *
 * @param resource what it is about
 * @param actions what is done to it
 * @param sources from where; empty for anywhere
 * @param allow whether it allows or denies that
 */
public record PolicyEntry(Resource resource, List<Action> actions, List<SourceRange> sources, boolean allow) {
    /** Copies the lists. */
    public PolicyEntry {
        actions = List.copyOf(actions);
        sources = List.copyOf(sources);
    }

    boolean matches(Need need, InetAddress from) {
        return resource.matches(need) && matchesAction(need) && matchesSource(from);
    }

    private boolean matchesAction(Need need) {
        if (need.actions().contains(Action.ANY) || actions.contains(Action.ALL)) {
            return true;
        }
        for (Action action : actions) {
            if (need.actions().contains(action)) {
                return true;
            }
        }
        return false;
    }

    private boolean matchesSource(InetAddress from) {
        return sources.isEmpty() || sources.stream().anyMatch(source -> source.contains(from));
    }
}
