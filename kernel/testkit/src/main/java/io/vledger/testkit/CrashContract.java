package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is left of a log after crashes between operations: every backend, whatever its I/O. */
public abstract class CrashContract extends StoreContract {
    private final Addressing addressing = new Addressing(SEGMENT_BYTES);

    /** For subclasses. */
    protected CrashContract() {}

    @Test
    void whatWasSyncedIsThereAndWhatFollowsIsAPrefixOfWhatWasWritten() throws Exception {
        Seeds.run(seeds(60), random -> {
            StoreMedium medium = medium();
            LogModel written = new LogModel(addressing, LogBase.EMPTY);
            long durable = 0;
            long term = 1;
            for (int life = 0; life < 6; life++) {
                boolean death = random.nextInt(3) == 0;
                try (GroupStore store = medium.open()) {
                    recovered(store.log(), written, durable, random);
                    durable = store.log().lastIndex();
                    for (int step = random.nextInt(25); step > 0; step--) {
                        term += random.nextInt(10) == 0 ? 1 : 0;
                        durable = step(store.log(), written, durable, term, random);
                    }
                    if (death) {
                        durable = store.log().lastIndex();
                        medium.processDeath();
                    } else {
                        medium.crash(random);
                    }
                }
            }
            try (GroupStore store = medium.open()) {
                recovered(store.log(), written, durable, random);
            }
        });
    }

    /** Does something; returns the last index that is durable then. */
    private long step(LogStore log, LogModel written, long durable, long term, Random random) throws StoreException {
        int what = random.nextInt(100);
        if (what < 65) {
            append(log, written, random, term, 1 + random.nextInt(8), 1500);
        } else if (what < 85) {
            log.sync();
            return log.lastIndex();
        } else if (what < 94 && !written.entries().isEmpty()) {
            long index = written.base().index()
                    + 1
                    + random.nextInt(written.entries().size());
            log.truncateSuffix(index);
            written.truncate(index);
            return written.lastIndex();
        } else if (what < 97 && !written.entries().isEmpty()) {
            long index = Math.min(durable, written.base().index() + 1 + random.nextInt(20));
            log.dropPrefix(index);
            written.dropTo(log.base(), index);
        } else if (what == 99) {
            LogBase base = new LogBase(written.lastIndex() + 3, term, SEGMENT_BYTES * random.nextInt(9));
            log.reset(base);
            written.reset(base);
            return base.index();
        }
        return durable;
    }

    private static void recovered(LogStore log, LogModel written, long durable, Random random) throws StoreException {
        assertThat(log.recovery().damage()).isEmpty();
        assertThat(log.base()).isEqualTo(written.base());
        assertThat(log.lastIndex()).isBetween(durable, written.lastIndex());
        written.truncate(log.lastIndex() + 1);
        written.check(log, random);
    }

    @Test
    void syncedEntriesSurviveALossOfPowerInTheMiddleOfLaterOnes() throws Exception {
        Seeds.run(seeds(30), random -> {
            StoreMedium medium = medium();
            LogModel synced = new LogModel(addressing, LogBase.EMPTY);
            try (GroupStore store = medium.open()) {
                append(store.log(), synced, random, 1, 4, 700);
                store.log().sync();
                LogModel unsynced = synced.copy();
                append(store.log(), unsynced, random, 1, 4, 4000);
                append(store.log(), unsynced, random, 1, 4, 4000);
                medium.crash(random);
            }
            try (GroupStore store = medium.open()) {
                assertThat(store.log().lastIndex()).isGreaterThanOrEqualTo(synced.lastIndex());
                store.log().truncateSuffix(synced.lastIndex() + 1);
                append(store.log(), synced, random, 2, 2, 700);
                store.log().sync();
                medium.crash(random);
            }
            try (GroupStore store = medium.open()) {
                synced.check(store.log(), random);
            }
        });
    }

    @Test
    void aClosedStoreRefusesInsteadOfFailingOtherwise() throws Exception {
        GroupStore store = medium().open();
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        Random random = new Random(1);
        append(store.log(), model, random, 1, 3, 100);
        store.close();
        assertThatThrownBy(() -> store.log().readBatch(1, 100)).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.log().read(0, 8, Unpooled.buffer())).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> append(store.log(), model, random, 1, 1, 100)).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.log().sync()).isInstanceOf(StoreException.class);
        store.close();
    }
}
