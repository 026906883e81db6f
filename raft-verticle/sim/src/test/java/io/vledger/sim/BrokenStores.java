package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.ForwardingLog;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.util.Optional;

/** Stores that break one rule each. */
final class BrokenStores {
    private BrokenStores() {}

    /** Says that entries are durable when they are not: members acknowledge before they have synced. */
    static GroupStore lyingAboutSync(String node, GroupStore store) {
        LogStore log = new ForwardingLog(store.log()) {
            @Override
            public void sync() {}
        };
        return new ForwardingStore(store) {
            @Override
            public LogStore log() {
                return log;
            }
        };
    }

    /** Hands out something where the bytes of a message are damaged. */
    static GroupStore servingWhatIsDamaged(String node, GroupStore store) {
        LogStore log = new ForwardingLog(store.log()) {
            @Override
            public void read(long position, int length, ByteBuf target) throws StoreException {
                try {
                    super.read(position, length, target);
                } catch (StoreException.Damaged e) {
                    target.writeZero(length);
                }
            }
        };
        return new ForwardingStore(store) {
            @Override
            public LogStore log() {
                return log;
            }
        };
    }

    /** Takes a copy of a disk for the disk itself. */
    static GroupStore trustingCopies(String node, GroupStore store) {
        HardStateStore kept = store.hardState();
        HardStateStore trusting = new HardStateStore() {
            @Override
            public Optional<HardState> load() throws StoreException {
                return kept.load()
                        .map(s -> new HardState(
                                s.term(),
                                s.vote(),
                                s.incarnation(),
                                s.admitted(),
                                s.cause(),
                                s.bootId(),
                                s.commit(),
                                new HardState.Start(
                                        s.start().incarnation(),
                                        s.start().count(),
                                        s.start().run(),
                                        ""),
                                s.peers()));
            }

            @Override
            public void save(HardState state) throws StoreException {
                kept.save(state);
            }
        };
        return new ForwardingStore(store) {
            @Override
            public HardStateStore hardState() {
                return trusting;
            }
        };
    }

    /** Keeps the term but not whom this member voted for. */
    static GroupStore forgettingTheVote(String node, GroupStore store) {
        HardStateStore kept = store.hardState();
        HardStateStore forgetful = new HardStateStore() {
            @Override
            public Optional<HardState> load() throws StoreException {
                return kept.load();
            }

            @Override
            public void save(HardState s) throws StoreException {
                kept.save(new HardState(
                        s.term(),
                        "",
                        s.incarnation(),
                        s.admitted(),
                        s.cause(),
                        s.bootId(),
                        s.commit(),
                        s.start(),
                        s.peers()));
            }
        };
        return new ForwardingStore(store) {
            @Override
            public HardStateStore hardState() {
                return forgetful;
            }
        };
    }
}
