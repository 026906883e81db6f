package io.vledger.raft.driver.verticle;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A group as a service: stays the same while replicas of it come and go. */
final class HostedGroup implements Group {
    private volatile Group replica;
    private final Set<StatusListener> statusListeners = ConcurrentHashMap.newKeySet();

    HostedGroup(Group replica) {
        this.replica = replica;
    }

    /** Another replica runs the group from now on. */
    void runBy(Group newReplica) {
        replica = newReplica;
        statusListeners.forEach(StatusListener::follow);
    }

    @Override
    public String name() {
        return replica.name();
    }

    @Override
    public String node() {
        return replica.node();
    }

    @Override
    public GroupStatus status() {
        return replica.status();
    }

    @Override
    public Registration onStatus(Consumer<GroupStatus> target) {
        StatusListener listener = new StatusListener(target);
        statusListeners.add(listener);
        listener.follow();
        return listener;
    }

    @Override
    public void execute(Runnable task) {
        replica.execute(task);
    }

    @Override
    public void schedule(long delayMs, Runnable task) {
        replica.schedule(delayMs, task);
    }

    @Override
    public @Nullable Refusal refusal() {
        return replica.refusal();
    }

    @Override
    public @Nullable Refusal begin(byte kind, short payloadVersion, int bytes) {
        return replica.begin(kind, payloadVersion, bytes);
    }

    @Override
    public ByteBuf buffer() {
        return replica.buffer();
    }

    @Override
    public long bufferPosition() {
        return replica.bufferPosition();
    }

    @Override
    public void submit(Completion completion) {
        replica.submit(completion);
    }

    @Override
    public @Nullable Refusal propose(byte kind, short payloadVersion, ByteBuf payload, Completion completion) {
        return replica.propose(kind, payloadVersion, payload, completion);
    }

    @Override
    public void readBarrier(Completion completion) {
        replica.readBarrier(completion);
    }

    @Override
    public Future<Void> transferLeadership(@Nullable String node) {
        return replica.transferLeadership(node);
    }

    @Override
    public @Nullable Refusal proposeDropPrefix(long index, Completion completion) {
        return replica.proposeDropPrefix(index, completion);
    }

    @Override
    public void dropLocalPrefix(long index) {
        replica.dropLocalPrefix(index);
    }

    @Override
    public Future<Void> stop() {
        return replica.stop();
    }

    /** A listener that stays, whichever replica runs the group. */
    private final class StatusListener implements Registration {
        private final Consumer<GroupStatus> target;
        private @Nullable Group followed;
        private @Nullable Registration registration;
        private boolean closed;

        StatusListener(Consumer<GroupStatus> target) {
            this.target = target;
        }

        synchronized void follow() {
            Group now = replica;
            if (closed || followed == now) {
                return;
            }
            if (registration != null) {
                registration.close();
            }
            followed = now;
            registration = now.onStatus(target);
        }

        @Override
        public synchronized void close() {
            closed = true;
            statusListeners.remove(this);
            if (registration != null) {
                registration.close();
            }
        }
    }
}
