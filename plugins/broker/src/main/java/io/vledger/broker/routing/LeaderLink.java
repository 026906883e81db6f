package io.vledger.broker.routing;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.rpc.RpcRelay;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connection over which requests are relayed to the leader. It follows leadership from member to member: the link to the next
 * leader is made only once the ordered requests at the old one were answered or given back, or the old one has been silent for
 * {@value #FENCE_MS} ms. Loop only.
 */
final class LeaderLink {
    static final int FENCE_MS = 500;
    /** Pause after a leader turned out not to lead, or could not be reached. */
    private static final int PAUSE_MS = 30;

    private final Group group;
    private final LongSupplier clock;
    private final Function<String, RpcRelay> relays;
    private final Runnable onChange;
    private @Nullable RpcRelay relay;
    private String address = "";
    private boolean connecting;
    /** Until when the old leader's answers are waited for; 0 if they are not. */
    private long fenceUntilMs;

    private long pausedUntilMs;

    /**
     * A link of a group's member.
     *
     * @param clock milliseconds since the epoch
     * @param relays makes a relay to an address, on the group's loop
     * @param onChange called when the connection was made or could not be, or when the ordered requests were answered
     */
    LeaderLink(Group group, LongSupplier clock, Function<String, RpcRelay> relays, Runnable onChange) {
        this.group = group;
        this.clock = clock;
        this.relays = relays;
        this.onChange = onChange;
    }

    /** The relay to the leader if requests can be relayed now, else null. */
    @Nullable
    RpcRelay ready() {
        RpcRelay current = relay;
        if (current != null && current.connected() && fenceUntilMs == 0 && address.equals(leaderAddress())) {
            return clock.getAsLong() < pausedUntilMs ? null : current;
        }
        return null;
    }

    /** Whether there is a relay to a member, connected or not: until it is closed, this member serves nothing itself. */
    boolean exists() {
        return relay != null;
    }

    /** When the state of the link changes by time alone: the end of a fence or of a pause; else {@link Long#MAX_VALUE}. */
    long nextChangeMs() {
        if (fenceUntilMs != 0) {
            return fenceUntilMs;
        }
        return pausedUntilMs > clock.getAsLong() ? pausedUntilMs : Long.MAX_VALUE;
    }

    /** Ordered requests that the leader has not answered. */
    int orderedInFlight() {
        RpcRelay current = relay;
        return current == null ? 0 : current.orderedInFlight();
    }

    /** Relays nothing for a moment, because the member at the other end gave a request back. */
    void pause() {
        pausedUntilMs = clock.getAsLong() + PAUSE_MS;
    }

    /** Closes the relay to a member that no longer leads, and connects to the one that does. */
    void follow() {
        long now = clock.getAsLong();
        String leader = leaderAddress();
        RpcRelay current = relay;
        if (current != null && !address.equals(leader) && (leader != null || selfIsLeader())) {
            if (fenceUntilMs == 0) {
                fenceUntilMs = now + FENCE_MS;
            }
            if (current.orderedInFlight() > 0 && now < fenceUntilMs) {
                return;
            }
            close();
            current = relay; // what was lost with the old relay may have made the new one already
        }
        fenceUntilMs = 0;
        if (leader == null || connecting || now < pausedUntilMs || (current != null && current.connected())) {
            return;
        }
        if (current == null) {
            current = relays.apply(leader);
            current.onOrderedSettled(onChange);
            relay = current;
            address = leader;
        }
        connect(current);
    }

    private void connect(RpcRelay current) {
        connecting = true;
        current.connect().onComplete(done -> {
            if (relay == current) {
                connecting = false;
                if (done.failed()) {
                    pause();
                }
                onChange.run();
            }
        });
    }

    /** Closes the relay: what it has not answered is lost. */
    void close() {
        RpcRelay current = relay;
        relay = null;
        connecting = false;
        pausedUntilMs = 0;
        if (current != null) {
            current.close();
        }
    }

    /** The leader's client address; null if none is known or this member leads. */
    @Nullable
    String leaderAddress() {
        GroupStatus status = group.status();
        if (status.leader() == null || status.leader().equals(status.node())) {
            return null;
        }
        String known = status.leaderClientAddress();
        return known.isEmpty() ? null : known;
    }

    /** Whether this member is the leader, though it may not be ready yet or may be transferring leadership. */
    boolean selfIsLeader() {
        return group.node().equals(group.status().leader());
    }
}
