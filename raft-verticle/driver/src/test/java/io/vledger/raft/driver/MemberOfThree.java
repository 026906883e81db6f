package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Entries;
import io.vledger.raft.MemberStart;
import io.vledger.raft.Message;
import io.vledger.raft.RaftSettings;
import io.vledger.raft.Standing;
import io.vledger.testkit.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Member n0 of a group of three over a simulated disk. What it sends to n1 and n2 is recorded, and while {@link #answering} they answer
 * as members do that have everything. Loop, lane and clock move when the test says so.
 */
final class MemberOfThree implements Links {
    static final List<String> IDS = List.of("n0", "n1", "n2");
    private static final long INCARNATION = 50;

    final LoneMember member;
    /** What was sent, oldest first. Entries of it are released. */
    final List<Sent> sent = new ArrayList<>();

    final List<String> closed = new ArrayList<>();
    final Map<String, String> clientAddresses = new TreeMap<>();
    int reconnects;
    /** Who has no connection, as far as {@link #connected} is asked. */
    String disconnected = "";

    boolean answering;
    /** What they say of their memory. */
    Standing standing = Standing.RECOVERING;
    /** Who does not answer, whatever is said of the others. */
    String silent = "";

    record Sent(String to, Message message) {}

    private final Map<String, List<Long>> lastIndexes = new TreeMap<>();

    MemberOfThree(SimDisk disk) throws StoreException {
        this(disk, "");
    }

    /** A group with a member that should lead. */
    MemberOfThree(SimDisk disk, String preferredLeader) throws StoreException {
        member = new LoneMember(disk, settings(preferredLeader).build(), null, this);
        for (String id : List.of("n1", "n2")) {
            member.replica.memberConnected(id, MemberStart.of(INCARNATION));
        }
        member.settle();
    }

    static ReplicaSettingsBuilder settings() {
        return settings("");
    }

    private static ReplicaSettingsBuilder settings(String preferredLeader) {
        RaftSettings raft = new RaftSettings("n0", IDS, 50, 300, 1 << 20, preferredLeader);
        return ReplicaSettings.builder("g", raft)
                .raftAddresses(Map.of("n0", "h0:1", "n1", "h1:1", "n2", "h2:1"))
                .clientAddress("h0:2")
                .maxEntryBytes(16 << 10)
                .diskFullPercent(100);
    }

    Replica replica() {
        return member.replica;
    }

    /** The others answer, and this member leads. */
    MemberOfThree lead() {
        answering = true;
        member.lead();
        return this;
    }

    /** A message comes from a member. */
    void receive(String from, Message message) {
        replica().receive(from, INCARNATION, message);
    }

    /** Entries of one term come from a leader; each has its index as payload. */
    void append(String leader, long term, long prevTerm, LogBatch batch) {
        receive(
                leader,
                new Message.AppendRequest(term, batch.firstIndex() - 1, prevTerm, 0, 1, 1, new BatchEntries(batch)));
        batch.release();
    }

    /** {@code count} entries of one term that follow each other from a position on. */
    static LogBatch batch(long firstIndex, int count, long term, long position) {
        LogBatch.Builder builder = new LogBatch.Builder(
                new Addressing(LoneMember.SEGMENT_BYTES),
                position,
                UnpooledByteBufAllocator.DEFAULT,
                count * (LogRecord.HEADER_BYTES + Long.BYTES));
        for (int i = 0; i < count; i++) {
            builder.open();
            builder.buffer().writeLong(firstIndex + i);
            builder.close(LoneMember.KIND, (short) 1, firstIndex + i, term);
        }
        return builder.build();
    }

    /** A heartbeat of a leader of whose term the last entry is, and which is committed. */
    void heartbeat(String leader, long term, long lastIndex) {
        receive(leader, new Message.AppendRequest(term, lastIndex, lastIndex == 0 ? 0 : term, lastIndex, 1, 1, null));
    }

    /** Messages of a kind that were sent to a member. */
    <T extends Message> List<T> sentTo(String to, Class<T> kind) {
        return sent.stream()
                .filter(each -> each.to().equals(to) && kind.isInstance(each.message()))
                .map(each -> kind.cast(each.message()))
                .toList();
    }

    /** Indexes of the last entries of each message with entries that was sent to a member. */
    List<Long> lastIndexesSentTo(String to) {
        return lastIndexes.computeIfAbsent(to, id -> new ArrayList<>());
    }

    @Override
    public void send(String to, Message message) {
        sent.add(new Sent(to, message));
        if (message instanceof Message.AppendRequest append && append.entries() != null) {
            lastIndexesSentTo(to).add(append.entries().lastIndex());
        }
        if (answering && !to.equals(silent)) {
            Message answer = answer(message);
            if (answer != null) {
                member.shell.execute(() -> receive(to, answer));
            }
        }
    }

    private @Nullable Message answer(Message message) {
        if (message instanceof Message.VoteRequest vote) {
            return new Message.VoteReply(vote.term(), vote.pre(), true, standing);
        }
        if (message instanceof Message.AppendRequest append) {
            Entries entries = append.entries();
            long match = entries == null ? append.prevIndex() : entries.lastIndex();
            return new Message.AppendAccepted(append.term(), match, append.round(), standing);
        }
        return null;
    }

    @Override
    public String clientAddress(String id) {
        return clientAddresses.getOrDefault(id, "");
    }

    @Override
    public void close(String id) {
        closed.add(id);
    }

    @Override
    public void reconnectAll() {
        reconnects++;
    }

    @Override
    public boolean connected(String id) {
        return !disconnected.equals(id);
    }

    /** Payloads as numbers, of the entries in the log from an index on. */
    List<Long> log(long from) throws StoreException {
        List<Long> numbers = new ArrayList<>();
        for (long index = from; index <= member.store.log().lastIndex(); index++) {
            LogBatch batch = member.store.log().readBatch(index, 1);
            ByteBuf payload = batch.payloadAt(index);
            numbers.add(payload.getLong(payload.readerIndex()));
            batch.release();
        }
        return numbers;
    }
}
