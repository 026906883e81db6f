package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.IndexSink;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.testkit.SimDisk;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IndexRebuildTest {
    private static final int ENTRIES = 40;
    private static final long QUEUE = 7;
    private static final int SIZE = 8;
    private static final int RETRY_MS = 1_000;

    private final SimDisk disk = new SimDisk();
    private final ManualShell shell = new ManualShell();
    private final ArrayDeque<LaneTask> tasks = new ArrayDeque<>();
    private final ReplicaMeter meter = new ReplicaMeter(() -> 0);
    private GroupStore store;
    private long applied = ENTRIES;
    private boolean running = true;
    private int indexed;

    /** Each entry is one message of one queue. */
    private final class OneQueue implements StateMachine {
        @Override
        public void apply(long index, byte kind, short version, long position, ByteBuf payload) {
            store.queues().queue(QUEUE).append(index - 1, position, SIZE, index);
        }

        @Override
        public void index(byte kind, short version, long position, ByteBuf payload, IndexSink sink) {
            indexed++;
            long index = payload.getLong(payload.readerIndex());
            sink.unit(QUEUE, index - 1, position, SIZE, index);
        }

        @Override
        public void snapshot(ByteBuf target) {}

        @Override
        public void restore(ByteBuf snapshot) {}

        @Override
        public void roleChanged(GroupRole role, long term) {}
    }

    private final OneQueue machine = new OneQueue();

    @BeforeEach
    void writeAndDamageTheIndex() throws Exception {
        store = LoneMember.open(disk);
        store.queues().rewind(new byte[0]);
        LogBatch batch = MemberOfThree.batch(1, ENTRIES, 4, 0);
        store.log().append(batch);
        store.log().sync();
        for (long index = 1; index <= ENTRIES; index++) {
            machine.apply(index, LoneMember.KIND, (short) 1, batch.positionAt(index), batch.payloadAt(index));
        }
        batch.release();
        store.queues().prepareFlush().run();
        new IndexRebuild("g", store, machine, shell, tasks::add, () -> applied, () -> running, meter.damage()).listen();
        String file = disk.names().stream()
                .filter(name -> name.startsWith("queues/"))
                .findFirst()
                .orElseThrow();
        disk.flipBit(file, 60, 3);
    }

    @AfterEach
    void close() throws StoreException {
        store.close();
    }

    private List<Long> read() throws StoreException {
        List<Long> offsets = new ArrayList<>();
        QueueIndex.QueueLog queue = store.queues().queue(QUEUE);
        assertThat(queue.read(0, 1_000, (offset, position, size, tagsCode) -> offsets.add(offset)))
                .isEqualTo(offsets.size());
        return offsets;
    }

    private void settle() throws StoreException {
        boolean more = true;
        while (more) {
            boolean ran = shell.runOnce();
            more = shell.runReads() || ran;
        }
        List<LaneTask> done = new ArrayList<>();
        new LaneWork(store, MemberOfThree.settings().build().durability(), meter).run(tasks, done);
        done.forEach(LaneTask::finish);
    }

    private void settleAll() throws StoreException {
        for (int i = 0; i < 10; i++) {
            settle();
        }
    }

    @Test
    void readersOfADamagedPartAreRefusedUntilItIsRebuiltFromTheLog() throws Exception {
        assertThatThrownBy(this::read).isInstanceOf(StoreException.Damaged.class);
        assertThat(meter.damage().damagedIndexes()).isEqualTo(1);
        assertThatThrownBy(this::read).as("meanwhile").isInstanceOf(StoreException.Damaged.class);
        settleAll();
        assertThat(read()).hasSize(ENTRIES);
        assertThat(meter.damage().damagedIndexes()).isZero();
        assertThat(indexed)
                .as("each entry once, however many readers met the damage")
                .isEqualTo(ENTRIES);
    }

    @Test
    void whatIsNotAppliedIsNotIndexed() throws Exception {
        applied = ENTRIES - 3;
        assertThatThrownBy(this::read).isInstanceOf(StoreException.Damaged.class);
        settleAll();
        assertThat(indexed).isEqualTo(ENTRIES - 3);
    }

    @Test
    void aLogThatCannotBeReadDelaysItAndItIsTriedAgain() throws Exception {
        shell.readsFail = true;
        assertThatThrownBy(this::read).isInstanceOf(StoreException.Damaged.class);
        settleAll();
        assertThat(indexed).isZero();
        assertThat(meter.damage().damagedIndexes()).isEqualTo(1);
        shell.readsFail = false;
        settleAll();
        assertThat(indexed).as("not at once").isZero();
        shell.nowMs += RETRY_MS;
        settleAll();
        assertThat(read()).hasSize(ENTRIES);
        assertThat(meter.damage().damagedIndexes()).isZero();
    }

    @Test
    void aMemberThatHasStoppedRebuildsNothing() throws Exception {
        assertThatThrownBy(this::read).isInstanceOf(StoreException.Damaged.class);
        running = false;
        settleAll();
        shell.nowMs += RETRY_MS;
        settleAll();
        assertThat(indexed).isZero();
        assertThat(tasks).isEmpty();
    }
}
