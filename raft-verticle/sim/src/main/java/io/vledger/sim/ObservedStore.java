package io.vledger.sim;

import io.vledger.api.store.ForwardingLog;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.sim.check.Promises;
import java.util.Optional;

/** The production store, watched. */
final class ObservedStore extends ForwardingStore {
    private final LogStore log;
    private final HardStateStore hardState;

    ObservedStore(GroupStore store, SimNode node, Promises promises) {
        super(store);
        this.log = new ForwardingLog(store.log()) {
            @Override
            public void append(LogBatch batch) throws StoreException {
                long termBefore = terms().get(terms().size() - 1).term();
                super.append(batch);
                promises.appended(node, batch, termBefore);
            }

            @Override
            public void truncateSuffix(long index) throws StoreException {
                promises.truncating(node, this, index);
                super.truncateSuffix(index);
            }
        };
        HardStateStore kept = store.hardState();
        this.hardState = new HardStateStore() {
            @Override
            public Optional<HardState> load() throws StoreException {
                return kept.load();
            }

            @Override
            public void save(HardState state) throws StoreException {
                kept.save(state);
                node.hardStateSaved(state);
            }
        };
    }

    @Override
    public LogStore log() {
        return log;
    }

    @Override
    public HardStateStore hardState() {
        return hardState;
    }
}
