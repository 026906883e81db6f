package io.vledger.api.group;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One replication group on this node. */
public interface Group {
    /** Its name. Any thread. */
    String name();

    /** This node's id. Any thread. */
    String node();

    /** The latest status. Any thread. */
    GroupStatus status();

    /**
     * Calls a listener with the current status, soon, and with the newest one after each change of anything but progress: of the
     * role, the term, the leader, whether and why proposals are refused, or what is known of a member beside how far it is
     * ({@link GroupStatus#differsFrom}). Several changes in a row may be delivered as one. The listener runs on the group's
     * loop, after the state machine has seen the change, and must not block; what it throws is logged.
     *
     * <p>Any thread. The listener stays registered while the group is closed and after it is opened again.
     *
     * @return ends it: no call begins after {@link Registration#close} has returned, if that is called on the group's loop
     */
    Registration onStatus(Consumer<GroupStatus> listener);

    /**
     * The first status from now on that satisfies a condition; the latest one as it is when the time is over or the member has
     * stopped or failed. Completes on the group's loop. Any thread.
     *
     * @param condition must not depend on progress alone, see {@link #onStatus}
     */
    default Future<GroupStatus> awaitStatus(Predicate<GroupStatus> condition, long timeoutMs) {
        Promise<GroupStatus> found = Promise.promise();
        Registration registration = onStatus(status -> {
            if (condition.test(status) || status.role() == GroupRole.FAILED || status.role() == GroupRole.STOPPED) {
                found.tryComplete(status);
            }
        });
        execute(() -> schedule(timeoutMs, () -> found.tryComplete(status())));
        return found.future().onComplete(done -> registration.close());
    }

    /** Runs a task on the group's loop, as part of its context: servers listened to in it share the loop. Any thread. */
    void execute(Runnable task);

    /** Runs a task on the loop after a delay; periodic work re-arms itself. Loop only. */
    void schedule(long delayMs, Runnable task);

    /**
     * Whether a proposal would be taken now. Loop only.
     *
     * @return null if so
     */
    @Nullable
    Refusal refusal();

    /**
     * Begins a proposal of {@code bytes} payload bytes that may share one entry with neighbours of the same kind and version.
     * If this returns null, append exactly {@code bytes} bytes to {@link #buffer()} and call {@link #submit} before anything
     * else of the group is called; {@link #bufferPosition()} is where the next byte will lie in the log. The state
     * machine must be able to tell the parts of an entry apart. Loop only.
     *
     * @return null, or why it was refused
     */
    @Nullable
    Refusal begin(byte kind, short payloadVersion, int bytes);

    /** Where the bytes of the begun proposal go. */
    ByteBuf buffer();

    /** Log position of the next byte appended to {@link #buffer()}. */
    long bufferPosition();

    /** Ends the begun proposal. */
    void submit(Completion completion);

    /** Proposes an entry of its own with this payload, which is not released. Loop only. */
    @Nullable
    Refusal propose(byte kind, short payloadVersion, ByteBuf payload, Completion completion);

    /**
     * Calls back once everything committed before this call is applied here and leadership was confirmed by a quorum, or with
     * the reason why this cannot be (Raft dissertation, section 6.4). Loop only.
     */
    void readBarrier(Completion completion);

    /** Hands leadership to a member, or to the best one if {@code node} is null. Any thread. */
    Future<Void> transferLeadership(@Nullable String node);

    /** Proposes to drop whole segments whose entries are all below {@code index}. Loop only. */
    @Nullable
    Refusal proposeDropPrefix(long index, Completion completion);

    /**
     * Drops whole segments whose entries are all below {@code index} on this member alone, as far as checkpoints cover them; for
     * a disk that is too full while those of others may not be. Members that still need them get the state instead. Loop only.
     */
    void dropLocalPrefix(long index);

    /** Stops the member: hands over if it leads, writes a checkpoint, closes its store. Any thread. */
    Future<Void> stop();

    /** A listener that was registered. */
    interface Registration extends AutoCloseable {
        /** Ends it; more than once is allowed. Any thread. */
        @Override
        void close();
    }
}
