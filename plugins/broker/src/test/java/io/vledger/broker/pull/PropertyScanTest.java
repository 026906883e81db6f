package io.vledger.broker.pull;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.ForwardingLog;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.filter.TagFilter;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.testing.TestBroker;
import io.vledger.testkit.Seeds;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scans of messages that are looked at where they are, beside scans of messages that are read. */
class PropertyScanTest {
    private int shown;

    /** What a step of a scan found, and what it appended. */
    private record Answer(PropertyScan.Found found, String bytes) {}

    /** Counts what is shown, and may take it back. */
    private final class Showing extends ForwardingLog {
        private final LogStore log;
        private final boolean takesBack;

        Showing(LogStore log, boolean takesBack) {
            super(log);
            this.log = log;
            this.takesBack = takesBack;
        }

        @Override
        public boolean show(long position, int length, Consumer<ByteBuf> viewer) throws StoreException {
            boolean done = log.show(position, length, viewer);
            shown += done ? 1 : 0;
            return done && !takesBack;
        }
    }

    /** Shows nothing. */
    private static final class Reading extends ForwardingLog {
        Reading(LogStore log) {
            super(log);
        }

        @Override
        public boolean show(long position, int length, Consumer<ByteBuf> viewer) {
            return false;
        }
    }

    private static Answer scan(LogStore log, TopicQueue queue, long from, MessageFilter filter, int messages, int bytes)
            throws StoreException {
        PropertyScan.Step step = new PropertyScan(TagFilter.ALL).step(queue.log(), from, filter);
        ByteBuf target = Unpooled.buffer().writeLong(7);
        PropertyScan.Found found =
                step.read(log, target, queue, filter.matcher(), new PropertyScan.Bounds(messages, bytes));
        assertThat(target.readableBytes() - Long.BYTES).isLessThanOrEqualTo(step.capacity(bytes));
        return new Answer(found, ByteBufUtil.hexDump(target));
    }

    @Test
    void whatIsLookedAtInPlaceIsWhatIsReadOtherwise(@TempDir Path directory) throws Exception {
        Seeds.run(5, random -> compare(random, directory.resolve(Long.toHexString(random.nextLong()))));
        assertThat(shown).isGreaterThan(20);
    }

    private void compare(Random random, Path directory) throws Exception {
        try (TestBroker broker = TestBroker.leaderOver(directory)) {
            broker.topic("T", 1);
            broker.topic("U", 1);
            int count = 100 + random.nextInt(100);
            for (int i = 0; i < count; i++) {
                broker.message(
                        "T", 0, "x".repeat(random.nextInt(3_000)), "price\u0001" + random.nextInt(10) + '\u0002');
                if (random.nextInt(3) == 0) {
                    broker.message("U", 0, "y".repeat(random.nextInt(3_000)), "price\u00019\u0002");
                }
            }
            TopicQueue queue = requireNonNull(
                    requireNonNull(broker.state().topics().find("T")).queue(0));
            for (int i = 0; i < 20; i++) {
                MessageFilter filter = MessageFilter.parse(MessageFilter.SQL92, "price >= " + random.nextInt(11));
                long from = random.nextInt(count);
                int messages = 1 + random.nextInt(64);
                int bytes = 1 + random.nextInt(40_000);
                LogStore log = broker.store().log();
                Answer read = scan(new Reading(log), queue, from, filter, messages, bytes);
                assertThat(scan(new Showing(log, false), queue, from, filter, messages, bytes))
                        .isEqualTo(read);
                assertThat(scan(new Showing(log, true), queue, from, filter, messages, bytes))
                        .as("what is shown and taken back")
                        .isEqualTo(read);
            }
        }
    }
}
