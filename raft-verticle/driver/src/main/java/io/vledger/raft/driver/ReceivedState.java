package io.vledger.raft.driver;

import io.vledger.api.group.EntryKind;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.raft.Message;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the state machine can read what a leader sends, or a member for a repair, before anything of it is stored: an entry or a snapshot that it cannot read would stop
 * the member when it is applied, and again at each start. Loop only.
 */
final class ReceivedState {
    private static final Logger LOG = LoggerFactory.getLogger(ReceivedState.class);
    private static final long LOG_INTERVAL_MS = 60_000;

    private final String group;
    private final StateMachine machine;
    private final LongSupplier nowMs;
    private long loggedMs = Long.MIN_VALUE / 2;

    /** @param nowMs a monotonic clock */
    ReceivedState(String group, StateMachine machine, LongSupplier nowMs) {
        this.group = group;
        this.machine = machine;
        this.nowMs = nowMs;
    }

    /** Whether all that a message carries can be read. */
    boolean readable(String from, Message message) {
        String wrong = null;
        if (message instanceof Message.AppendRequest append && append.entries() instanceof BatchEntries entries) {
            wrong = wrong(entries.batch());
        } else if (message instanceof Message.EntriesReply repair && repair.entries() instanceof BatchEntries entries) {
            wrong = wrong(entries.batch());
        } else if (message instanceof Message.InstallRequest install && install.data() instanceof InstallData data) {
            wrong = machine.unreadable(SnapshotImage.decode(data.image()).state());
        }
        if (wrong != null && nowMs.getAsLong() - loggedMs >= LOG_INTERVAL_MS) {
            loggedMs = nowMs.getAsLong();
            LOG.warn("{}: what {} sends cannot be read: {}", group, from, wrong);
        }
        return wrong == null;
    }

    private @Nullable String wrong(LogBatch batch) {
        for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
            byte kind = batch.kindAt(index);
            if (kind < EntryKind.FIRST_APPLICATION_KIND) {
                continue; // of Raft itself, checked with its frame
            }
            String wrong = machine.unreadable(
                    kind,
                    batch.payloadVersionAt(index),
                    batch.positionAt(index) + LogRecord.HEADER_BYTES,
                    batch.payloadAt(index));
            if (wrong != null) {
                return "entry " + index + ": " + wrong;
            }
        }
        return null;
    }
}
