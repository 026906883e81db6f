package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import java.util.Collection;
import java.util.Collections;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All subscription groups. */
public final class SubscriptionGroups {
    private static final int MAX_GROUPS = 1_000_000;

    private final TreeMap<String, SubscriptionGroup> byName = new TreeMap<>();
    private long version;

    SubscriptionGroups() {}

    /** Counts changes; part of the replicated state. */
    public long version() {
        return version;
    }

    /** The group of a name, or null. */
    public @Nullable SubscriptionGroup find(String name) {
        return byName.get(name);
    }

    /** Every group, by name. A view. */
    public Collection<SubscriptionGroup> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    void put(SubscriptionGroup group) {
        byName.put(group.name(), group);
        version++;
    }

    void remove(String name) {
        if (byName.remove(name) != null) {
            version++;
        }
    }

    void clear() {
        byName.clear();
        version = 0;
    }

    /** Appends: long version, int n, n groups. */
    void write(ByteBuf target) {
        target.writeLong(version);
        target.writeInt(byName.size());
        for (SubscriptionGroup group : byName.values()) {
            group.write(target);
        }
    }

    void read(ByteBuf source) {
        clear();
        version = source.readLong();
        int count = StateText.count(source.readInt(), MAX_GROUPS, "subscription groups");
        for (int i = 0; i < count; i++) {
            SubscriptionGroup group = SubscriptionGroup.read(source);
            byName.put(group.name(), group);
        }
    }
}
