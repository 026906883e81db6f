package io.vledger.testkit.fake;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.api.group.StatusListeners;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A group whose status is what the test says, for plugins that only look at it and hand leadership over; who asks for more fails.
 * Listeners run on the thread that changes the status, and no time is ever over.
 */
public final class StatusOnlyGroup implements Group {
    private final StatusListeners listeners;
    private volatile GroupStatus status;
    private volatile Function<@Nullable String, Future<Void>> transfer;

    /** With a first status, which also names group and node. */
    public StatusOnlyGroup(GroupStatus first) {
        status = first;
        transfer = to -> Future.failedFuture("not asked");
        listeners = new StatusListeners(Runnable::run, this::status);
    }

    /** Has this status from now on. */
    public void become(GroupStatus now) {
        status = now;
        listeners.published(now);
    }

    /** What a transfer does, given the wished successor. */
    public void onTransfer(Function<@Nullable String, Future<Void>> what) {
        transfer = what;
    }

    @Override
    public String name() {
        return status.group();
    }

    @Override
    public String node() {
        return status.node();
    }

    @Override
    public GroupStatus status() {
        return status;
    }

    @Override
    public Registration onStatus(Consumer<GroupStatus> listener) {
        return listeners.add(listener);
    }

    @Override
    public Future<Void> transferLeadership(@Nullable String target) {
        return transfer.apply(target);
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public void schedule(long delayMs, Runnable task) {}

    private static UnsupportedOperationException statusOnly() {
        return new UnsupportedOperationException("this group has a status only");
    }

    @Override
    public @Nullable Refusal refusal() {
        throw statusOnly();
    }

    @Override
    public @Nullable Refusal begin(byte kind, short payloadVersion, int bytes) {
        throw statusOnly();
    }

    @Override
    public ByteBuf buffer() {
        throw statusOnly();
    }

    @Override
    public long bufferPosition() {
        throw statusOnly();
    }

    @Override
    public void submit(Completion completion) {
        throw statusOnly();
    }

    @Override
    public @Nullable Refusal propose(byte kind, short payloadVersion, ByteBuf payload, Completion completion) {
        throw statusOnly();
    }

    @Override
    public void readBarrier(Completion completion) {
        throw statusOnly();
    }

    @Override
    public @Nullable Refusal proposeDropPrefix(long index, Completion completion) {
        throw statusOnly();
    }

    @Override
    public void dropLocalPrefix(long index) {
        throw statusOnly();
    }

    @Override
    public Future<Void> stop() {
        throw statusOnly();
    }
}
