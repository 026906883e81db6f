package io.vledger.raft.driver;

import io.vledger.api.group.EntryKind;
import io.vledger.api.store.LogBatch;
import io.vledger.raft.Entries;
import io.vledger.raft.Members;
import org.jspecify.annotations.Nullable;

/**
 * A log batch as the Raft core sees it.
 *
 * @param batch not referenced by this record
 */
public record BatchEntries(LogBatch batch) implements Entries {
    @Override
    public long firstIndex() {
        return batch.firstIndex();
    }

    @Override
    public long lastIndex() {
        return batch.lastIndex();
    }

    @Override
    public long termAt(long index) {
        return batch.termAt(index);
    }

    @Override
    public @Nullable Members membersAt(long index) {
        if (batch.kindAt(index) != EntryKind.MEMBERS) {
            return null;
        }
        return MemberList.decode(batch.payloadAt(index), batch.payloadVersionAt(index))
                .incarnations();
    }
}
