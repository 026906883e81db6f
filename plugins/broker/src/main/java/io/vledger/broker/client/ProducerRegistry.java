package io.vledger.broker.client;

import io.vledger.api.rpc.RpcConnection;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Knows the producers that are online at this member, by group and client id. Loop only. */
public final class ProducerRegistry {
    private final Map<String, Map<String, ClientChannel>> groups = new TreeMap<>();
    private final LongSupplier clock;
    private int lastAsked;

    /** An empty registry; the clock gives milliseconds since the epoch. */
    public ProducerRegistry(LongSupplier clock) {
        this.clock = clock;
    }

    /** Names of the groups with a member online, sorted. */
    public Collection<String> groups() {
        return Collections.unmodifiableCollection(groups.keySet());
    }

    /** The members of a group, or an empty collection. */
    public Collection<ClientChannel> members(String group) {
        return Collections.unmodifiableCollection(
                groups.getOrDefault(group, Map.of()).values());
    }

    /** The producer with a client id in any group, or null. */
    public @Nullable ClientChannel client(String clientId) {
        for (Map<String, ClientChannel> members : groups.values()) {
            ClientChannel member = members.get(clientId);
            if (member != null) {
                return member;
            }
        }
        return null;
    }

    /** A member of a group to which a request can be sent, in turn; one that can take more now, if there is one. Null if there is none. */
    public @Nullable ClientChannel available(String group) {
        Map<String, ClientChannel> members = groups.get(group);
        if (members == null || members.isEmpty()) {
            return null;
        }
        List<ClientChannel> channels = List.copyOf(members.values());
        ClientChannel congested = null;
        for (int i = 0; i < channels.size(); i++) {
            lastAsked = (lastAsked + 1) % channels.size();
            ClientChannel next = channels.get(lastAsked);
            if (next.connection().open()) {
                if (!next.connection().congested()) {
                    return next;
                }
                congested = next;
            }
        }
        return congested;
    }

    void register(String group, ClientChannel channel) {
        Map<String, ClientChannel> members = groups.computeIfAbsent(group, name -> new TreeMap<>());
        ClientChannel known = members.get(channel.clientId());
        if (known != null && known.connection() == channel.connection()) {
            known.heard(channel.lastHeardMs());
        } else {
            members.put(channel.clientId(), channel);
        }
        Session.of(channel.connection()).producerGroups().add(group);
    }

    void unregister(String group, String clientId) {
        Map<String, ClientChannel> members = groups.get(group);
        if (members != null && members.remove(clientId) != null && members.isEmpty()) {
            groups.remove(group);
        }
    }

    void closed(RpcConnection connection) {
        for (String name : List.copyOf(Session.producerGroupsOf(connection))) {
            Map<String, ClientChannel> members = groups.get(name);
            if (members != null) {
                members.values().removeIf(member -> member.connection() == connection);
                if (members.isEmpty()) {
                    groups.remove(name);
                }
            }
        }
    }

    void expire() {
        long oldest = clock.getAsLong() - ConsumerRegistry.EXPIRY_MS;
        for (Map<String, ClientChannel> members : groups.values()) {
            members.values().removeIf(member -> member.lastHeardMs() < oldest);
        }
        groups.values().removeIf(Map::isEmpty);
    }
}
