package io.vledger.testkit;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.StateMachine;
import java.util.ArrayList;
import java.util.List;

/** The state machine of {@link GroupContract}: writes down what happens to it. The parts of an entry are a length and a number. */
final class RecordingMachine implements StateMachine {
    /** Bytes of the smallest part. */
    static final int LEAST_BYTES = Integer.BYTES + Long.BYTES;

    /** Each part that was applied. */
    final List<Part> parts = new ArrayList<>();
    /** Each role that was announced, with its term. */
    final List<RoleInTerm> roles = new ArrayList<>();
    /** Parts, outcomes and whatever else a test adds, in the order in which they came. */
    final List<String> events;

    private long lastApplied;

    record Part(long number, long index, byte kind, short version, long position) {}

    record RoleInTerm(GroupRole role, long term) {}

    RecordingMachine(List<String> events) {
        this.events = events;
    }

    /** Appends a part of so many bytes. */
    static void write(ByteBuf target, long number, int bytes) {
        target.writeInt(bytes).writeLong(number).writeZero(bytes - LEAST_BYTES);
    }

    List<Long> numbers() {
        return parts.stream().map(Part::number).toList();
    }

    @Override
    public void apply(long index, byte kind, short payloadVersion, long position, ByteBuf payload) {
        if (index <= lastApplied) {
            throw new AssertionError("entry " + index + " after " + lastApplied);
        }
        lastApplied = index;
        for (int at = payload.readerIndex(); at < payload.writerIndex(); at += payload.getInt(at)) {
            long number = payload.getLong(at + Integer.BYTES);
            parts.add(new Part(number, index, kind, payloadVersion, position + at - payload.readerIndex()));
            events.add("applied " + number);
        }
    }

    @Override
    public void applied(long index) {
        if (index < lastApplied) {
            throw new AssertionError("a run ended at " + index + ", but " + lastApplied + " is applied");
        }
    }

    @Override
    public void snapshot(ByteBuf target) {
        parts.forEach(part -> target.writeLong(part.number()));
    }

    @Override
    public void restore(ByteBuf snapshot) {
        events.add("restored " + snapshot.readableBytes());
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        roles.add(new RoleInTerm(role, term));
    }
}
