package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Completion;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.LogBatch;
import io.vledger.raft.Raft;
import io.vledger.raft.Role;
import org.jspecify.annotations.Nullable;

/** Takes or refuses proposals, and hands what was taken to the log. Loop only. */
final class Proposals {
    private static final int FULL_BATCH_BYTES = 256 << 10;

    private final MemberCore core;
    private final MemberRole role;
    private final DiskWatch disk;
    private final DurableState durable;
    private final OpenBatch open;
    private int begun;

    Proposals(MemberCore core, MemberRole role, DiskWatch disk, DurableState durable) {
        this.core = core;
        this.role = role;
        this.disk = disk;
        this.durable = durable;
        this.open = new OpenBatch(
                core.store().log().addressing(),
                PooledByteBufAllocator.DEFAULT,
                core.settings().maxEntryBytes());
    }

    /** Why a proposal would be refused now; null if it would be taken. */
    @Nullable
    Refusal refusal() {
        return core.meter().refused(refusalNow());
    }

    private @Nullable Refusal refusalNow() {
        Raft raft = core.raft();
        if (raft.transferring()) {
            return Refusal.TRANSFERRING;
        }
        if (role.current() != GroupRole.LEADER || raft.role() != Role.LEADER) {
            return Refusal.NOT_LEADER;
        }
        if (disk.full()) {
            return Refusal.DISK_FULL;
        }
        return open.pendingBytes() >= core.settings().maxPendingBytes() ? Refusal.BUSY : null;
    }

    /** See {@link io.vledger.api.group.Group#begin}. */
    @Nullable
    Refusal begin(byte kind, short payloadVersion, int bytes) {
        if (kind < EntryKind.FIRST_APPLICATION_KIND) {
            throw new IllegalArgumentException("kind " + kind + " belongs to Raft");
        }
        Refusal refusal = refusal();
        if (refusal == null && bytes > core.settings().maxEntryBytes()) {
            refusal = Refusal.TOO_LARGE;
        }
        if (refusal == null) {
            open.begin(kind, payloadVersion, bytes);
            begun = bytes;
        }
        return refusal;
    }

    ByteBuf buffer() {
        return open.buffer();
    }

    long bufferPosition() {
        return open.bufferPosition();
    }

    /** See {@link io.vledger.api.group.Group#submit}. */
    void submit(Completion completion) {
        open.submit(completion, begun);
        core.shell().requestTurn();
    }

    /** See {@link io.vledger.api.group.Group#propose}. */
    @Nullable
    Refusal propose(byte kind, short payloadVersion, ByteBuf payload, Completion completion) {
        open.closeEntry();
        Refusal refusal = begin(kind, payloadVersion, payload.readableBytes());
        if (refusal == null) {
            open.buffer().writeBytes(payload, payload.readerIndex(), payload.readableBytes());
            submit(completion);
            open.closeEntry();
        }
        return refusal;
    }

    /** Proposes an entry that belongs to Raft itself. This member leads. */
    void proposeOwn(byte kind, short version, ByteBuf payload, Completion completion) {
        open.closeEntry();
        open.begin(kind, version, payload.readableBytes());
        open.buffer().writeBytes(payload, payload.readerIndex(), payload.readableBytes());
        open.submit(completion, payload.readableBytes());
        open.closeEntry();
        core.shell().requestTurn();
    }

    /** This member leads from here on: its first entry follows the log. */
    void lead() {
        open.lead(core.raft().lastIndex() + 1, core.raft().term(), durable.endPosition());
    }

    /** This member does not lead any more: waiting proposals are completed. */
    void fail() {
        open.fail();
    }

    /** Hands the open batch to core and log, unless the disk is busy enough for more to gather. */
    void seal() {
        if (core.raft().role() != Role.LEADER || open.isEmpty()) {
            return;
        }
        if (durable.busy() && open.fill() < FULL_BATCH_BYTES) {
            return;
        }
        for (LogBatch batch : open.take()) {
            core.raft().appended(new BatchEntries(batch));
            core.meter().commits().sealed(batch.lastIndex());
            durable.append(batch);
            batch.release();
        }
    }

    /** Whether everything that was taken is with the core. */
    boolean isEmpty() {
        return open.isEmpty();
    }

    /** Entries up to an index are applied: their proposals are completed. */
    void applied(long index) {
        open.applied(index);
    }
}
