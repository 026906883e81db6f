package io.vledger.store.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.StoreException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class IndexFlushTest {
    /** A flush that fails, or keeps what was captured, on demand. */
    private static final class Flush extends IndexFlush {
        private boolean fails;
        private boolean keeps;

        Flush() {
            super("queues");
        }

        @Override
        protected byte[] write() throws IOException {
            if (fails) {
                throw new IOException("gone");
            }
            if (keeps) {
                keepCaptured();
            }
            return new byte[] {1};
        }
    }

    private final Flush flush = new Flush();

    @Test
    void aFlushRunsOnceAndIsDone() throws Exception {
        assertThat(flush.done()).isFalse();
        assertThat(flush.run()).containsExactly(1);
        assertThat(flush.done()).isTrue();
        assertThatThrownBy(flush::run).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aFlushThatFailsIsNotDone() {
        flush.fails = true;
        assertThatThrownBy(flush::run).isInstanceOf(StoreException.class).hasMessageContaining("gone");
        assertThat(flush.done()).isFalse();
        flush.cancel();
    }

    @Test
    void aFlushThatKeepsWhatWasCapturedHasAMarkAndIsNotDone() throws Exception {
        flush.keeps = true;
        assertThat(flush.run()).containsExactly(1);
        assertThat(flush.done()).isFalse();
    }

    @Test
    void aFlushThatWasCancelledNeverRuns() {
        flush.cancel();
        assertThatThrownBy(flush::run).isInstanceOf(IllegalStateException.class).hasMessageContaining("queues");
    }
}
