package io.vledger.broker.access;

import io.vledger.api.rpc.CallAccess;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lets a call in that one of this node's groups lets in: the group that it leads to looks at what comes of it. Any thread. */
public final class NodeCallAccess implements CallAccess {
    private final NodeAccess access;
    private final Map<String, GroupAccess> groups = new ConcurrentSkipListMap<>();

    /** No group yet. */
    public NodeCallAccess(NodeAccess access) {
        this.access = access;
    }

    /** A group is served here from now on. */
    public void add(String group, GroupAccess rules) {
        groups.put(group, rules);
    }

    /** A group is served here no more. */
    public void remove(String group) {
        groups.remove(group);
    }

    @Override
    public boolean checks() {
        return access.settings().mode().checks();
    }

    @Override
    public void check(Call call, Consumer<@Nullable Verdict> answer) {
        next(groups.values().iterator(), call, null, answer);
    }

    private static void next(
            Iterator<GroupAccess> left, Call call, @Nullable Verdict before, Consumer<@Nullable Verdict> answer) {
        if (!left.hasNext()) {
            answer.accept(before);
            return;
        }
        left.next().check(call, verdict -> {
            if (verdict.refusal() == null) {
                answer.accept(verdict);
            } else {
                next(left, call, before == null ? verdict : before, answer);
            }
        });
    }
}
