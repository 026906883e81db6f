package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenBatchTest {
    private static final byte MESSAGES = 16;
    private static final byte OFFSETS = 20;

    private final OpenBatch open = new OpenBatch(new Addressing(4096), UnpooledByteBufAllocator.DEFAULT, 1000);
    private final List<Object> outcomes = new ArrayList<>();

    private long propose(byte kind, int bytes) {
        open.begin(kind, (short) 1, bytes);
        long position = open.bufferPosition();
        open.buffer().writeZero(bytes);
        open.submit(refusal -> outcomes.add(refusal == null ? "applied" : refusal), bytes);
        return position;
    }

    @Test
    void neighboursOfOneKindShareAnEntry() {
        open.lead(7, 3, 512);
        long first = propose(MESSAGES, 10);
        long second = propose(MESSAGES, 20);
        propose(OFFSETS, 5);
        List<LogBatch> taken = open.take();

        assertThat(first).isEqualTo(512 + LogRecord.HEADER_BYTES);
        assertThat(second).isEqualTo(first + 10);
        assertThat(taken).hasSize(1);
        LogBatch batch = taken.get(0);
        assertThat(batch.firstIndex()).isEqualTo(7);
        assertThat(batch.lastIndex()).isEqualTo(8);
        assertThat(batch.payloadAt(7).readableBytes()).isEqualTo(30);
        assertThat(batch.kindAt(8)).isEqualTo(OFFSETS);
        assertThat(batch.termAt(8)).isEqualTo(3);
        open.applied(7);
        assertThat(outcomes).containsExactly("applied", "applied");
        open.applied(8);
        assertThat(open.pendingBytes()).isZero();
        batch.release();
    }

    @Test
    void anEntryNeverStraddlesASegment() {
        open.lead(1, 1, 3500);
        propose(MESSAGES, 400);
        long next = propose(MESSAGES, 400);
        List<LogBatch> taken = open.take();

        assertThat(next).isEqualTo(4096 + LogRecord.HEADER_BYTES);
        assertThat(taken).extracting(LogBatch::position).containsExactly(3500L, 4096L);
        assertThat(taken).extracting(LogBatch::firstIndex).containsExactly(1L, 2L);
        taken.forEach(LogBatch::release);
    }

    @Test
    void anEntryStaysWithinItsBound() {
        open.lead(1, 1, 0);
        propose(MESSAGES, 600);
        propose(MESSAGES, 600);
        LogBatch batch = open.take().get(0);

        assertThat(batch.count()).isEqualTo(2);
        batch.release();
    }

    @Test
    void losingLeadershipTellsWhatNeverHappenedFromWhatIsUnknown() {
        open.lead(1, 1, 0);
        propose(MESSAGES, 10);
        open.take().forEach(LogBatch::release);
        propose(MESSAGES, 10);
        open.fail();

        assertThat(outcomes).containsExactly(Refusal.UNKNOWN, Refusal.NOT_LEADER);
        assertThat(open.isEmpty()).isTrue();
        assertThat(open.pendingBytes()).isZero();
    }
}
