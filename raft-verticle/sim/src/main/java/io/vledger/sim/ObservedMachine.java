package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.IndexSink;
import io.vledger.broker.state.BrokerState;
import io.vledger.sim.check.Promises;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The production state machine, watched. */
final class ObservedMachine implements StateMachine {
    private final BrokerState state;
    private final SimNode node;
    private final Promises promises;
    private final boolean believing;
    private final Consumer<BrokerState> afterRestore;

    /**
     * Observes a state.
     *
     * @param believing whether it takes entries and snapshots of others unread: a rule that is broken
     * @param afterRestore what happens to the state when a snapshot was read: nothing, unless a rule is to be broken
     */
    ObservedMachine(
            BrokerState state, SimNode node, Promises promises, boolean believing, Consumer<BrokerState> afterRestore) {
        this.believing = believing;
        this.afterRestore = afterRestore;
        this.state = state;
        this.node = node;
        this.promises = promises;
    }

    @Override
    public void apply(long index, byte kind, short payloadVersion, long position, ByteBuf payload) {
        promises.applying(node, index, kind, position, payload);
        state.apply(index, kind, payloadVersion, position, payload);
    }

    @Override
    public void applyWhatFits(long index, byte kind, short payloadVersion, long position, ByteBuf payload) {
        promises.applying(node, index, kind, position, payload);
        state.applyWhatFits(index, kind, payloadVersion, position, payload);
    }

    @Override
    public long leftOut() {
        return state.leftOut();
    }

    @Override
    public @Nullable String unreadable(byte kind, short payloadVersion, long position, ByteBuf payload) {
        return believing ? null : state.unreadable(kind, payloadVersion, position, payload);
    }

    @Override
    public @Nullable String unreadable(ByteBuf snapshot) {
        return believing ? null : state.unreadable(snapshot);
    }

    @Override
    public void index(byte kind, short payloadVersion, long position, ByteBuf payload, IndexSink sink) {
        state.index(kind, payloadVersion, position, payload, sink);
    }

    @Override
    public void applied(long index) {
        promises.applied(node, index);
        state.applied(index);
    }

    @Override
    public void snapshot(ByteBuf target) {
        state.snapshot(target);
    }

    @Override
    public void restore(ByteBuf snapshot) {
        state.restore(snapshot);
        afterRestore.accept(state);
    }

    @Override
    public void prefixDropped(long position) {
        state.prefixDropped(position);
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        promises.roleChanged(node, role, term);
        state.roleChanged(role, term);
        node.roleChanged(role, term);
    }
}
