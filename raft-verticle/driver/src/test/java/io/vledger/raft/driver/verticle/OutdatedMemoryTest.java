package io.vledger.raft.driver.verticle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.group.GroupRole;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.Durability;
import io.vledger.raft.MemberStart;
import io.vledger.raft.Message;
import io.vledger.raft.driver.wire.Hello;
import io.vledger.raft.driver.wire.PeerCodec;
import io.vledger.testkit.Eventually;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories that went back in time, and who claims to be a member, with real sockets, threads and files. */
class OutdatedMemoryTest {
    private static final long SEGMENT_BYTES = 1 << 20;

    @TempDir
    Path directory;

    private final LocalMembers group = new LocalMembers(3);
    private final Map<String, String> peers = group.peers;
    private final Map<String, LocalMember> members = group.running;

    @AfterEach
    void stopAll() throws Exception {
        group.stopAll();
    }

    private void start(String... ids) throws Exception {
        for (String id : ids) {
            members.put(id, new LocalMember(id, directory.resolve(id), peers, Durability.SYNC, SEGMENT_BYTES));
        }
    }

    private void stop(String id) throws Exception {
        group.stop(id);
    }

    /**
     * Has a number stored by the leader. If leadership is lost meanwhile the outcome is unknown, until the next leader has applied
     * everything of earlier terms: what it does not have then is lost, and is proposed again.
     */
    private void propose(long number) {
        group.await("it is stored", () -> {
            LocalMember leader = group.leader();
            try {
                return leader.applied.contains(number) || leader.propose(number).get(20, TimeUnit.SECONDS);
            } catch (Exception e) {
                return false;
            }
        });
    }

    private void awaitApplied(List<Long> numbers) {
        group.await("all have " + numbers, () -> members.values().stream().allMatch(m -> m.applied.equals(numbers)));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void delete(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private String other(LocalMember than) {
        return members.keySet().stream()
                .filter(id -> !id.equals(than.group.node()))
                .findFirst()
                .orElseThrow();
    }

    /** The exact story: one is down while two acknowledge, and one of the two gets an older copy of its directory. */
    @Test
    void anOlderCopyOfADirectoryCannotMakeAMajorityForgetWhatWasAcknowledged() throws Exception {
        start("n0", "n1", "n2");
        propose(1);
        awaitApplied(List.of(1L));
        String ahead = group.leader().group.node();
        String down = other(group.leader());
        stop(down);
        String restored = other(group.leader());
        stop(restored);
        copy(directory.resolve(restored), directory.resolve("backup"));
        start(restored);
        propose(2);
        stop(ahead);
        stop(restored);
        delete(directory.resolve(restored));
        copy(directory.resolve("backup"), directory.resolve(restored));

        start(restored, down);

        group.await("they are connected", () -> group.member(down).group.status().members().stream()
                .allMatch(m -> m.node().equals(ahead) || m.connected()));
        Eventually.staysTrue("nobody leads", Duration.ofSeconds(2), () -> members.values().stream()
                .noneMatch(m -> m.role() == GroupRole.LEADER));
        assertThat(group.member(restored).group.status().members())
                .as("it does not count itself")
                .anyMatch(m -> m.node().equals(restored) && !m.voter());

        start(ahead);
        propose(3);
        awaitApplied(List.of(1L, 2L, 3L));
        group.await("it is a voter again", () -> group.member(restored).role() != GroupRole.RECOVERING);
    }

    @Test
    void aDirectoryThatStaysWhereItIsIsNotTakenForACopy() throws Exception {
        start("n0", "n1", "n2");
        propose(1);
        awaitApplied(List.of(1L));
        for (int i = 0; i < 3; i++) {
            for (String id : peers.keySet()) {
                stop(id);
            }
            // With one member away only memories that are relied on are a majority.
            start("n0", "n1");
            assertThat(group.leader()).isNotNull();
            start("n2");
        }
        awaitApplied(List.of(1L));
    }

    private Socket connect(String to) throws IOException {
        String address = requireNonNull(peers.get(to));
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), Integer.parseInt(address.substring(address.indexOf(':') + 1)));
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void send(Socket socket, ByteBuf frame) throws IOException {
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        frame.release();
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    private Hello hello(String from, String to, MemberStart start) {
        return new Hello("g", from, to, start, 4711, "127.0.0.1:1", "", "", peers);
    }

    @Test
    void aClaimOfAMembersNameFromAnotherAddressIsRefusedAndAffectsNobody() throws Exception {
        start("n0", "n1", "n2");
        propose(1);
        LocalMember leader = group.leader();
        long term = leader.group.status().term();
        String follower = other(leader);

        // A greater memory than any, and one that is known: both of somebody who is not at that member's address.
        for (long incarnation : new long[] {Long.MAX_VALUE, System.currentTimeMillis() << 12, 1}) {
            try (Socket socket = connect(leader.group.node())) {
                send(
                        socket,
                        PeerCodec.encode(
                                hello(follower, leader.group.node(), new MemberStart(incarnation, 9, 9, 9, 9)),
                                UnpooledByteBufAllocator.DEFAULT));
                assertThat(socket.getInputStream().read())
                        .as("it is closed without a word")
                        .isEqualTo(-1);
            }
        }

        propose(2);
        awaitApplied(List.of(1L, 2L));
        assertThat(group.leader()).isSameAs(leader);
        assertThat(leader.group.status().term()).isEqualTo(term);
        assertThat(leader.group.status().members()).allMatch(m -> m.voter() && m.connected());
    }

    @Test
    void framesOfAMembersOwnAddressWithNumbersThatNobodySendsStopNobody() throws Exception {
        start("n0", "n1");
        // n2 is not one of ours, but it is at the right address: it dials nobody, and is dialled.
        List<Message> frames = new ArrayList<>();
        try (ServerSocket impostor = new ServerSocket(
                Integer.parseInt(requireNonNull(peers.get("n2")).substring("127.0.0.1:".length())))) {
            impostor.setSoTimeout(20_000);
            PeerCodec codec = new PeerCodec(new Addressing(SEGMENT_BYTES));
            frames.add(new Message.AppendRequest(Long.MAX_VALUE, 0, 0, 0, 0, 0, null));
            frames.add(new Message.AppendRequest(1, -1, 0, Long.MAX_VALUE, 0, 0, null));
            frames.add(new Message.VoteRequest(Long.MAX_VALUE, false, true, 5, 5));
            frames.add(new Message.InstallReply(1, Long.MIN_VALUE));
            frames.add(new Message.Conflict(1, Long.MIN_VALUE, 0));
            frames.add(new Message.MemoryOutdated(1, Long.MAX_VALUE, 1));
            for (Message frame : frames) {
                answerHello(impostor, codec, frame);
            }
        }
        start("n2");
        propose(1);
        awaitApplied(List.of(1L));
        assertThat(group.leader().group.status().term()).isLessThan(1_000);
    }

    /** Takes a connection, says to be n2, and sends one frame; it is closed for that. */
    private void answerHello(ServerSocket impostor, PeerCodec codec, Message frame) throws Exception {
        for (boolean asked = false; !asked; ) {
            try (Socket socket = impostor.accept()) {
                socket.setSoTimeout(20_000);
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] bytes = new byte[in.readInt()];
                in.readFully(bytes);
                ByteBuf first = Unpooled.wrappedBuffer(bytes);
                if (PeerCodec.isHello(first)) {
                    asked = true;
                    String from = PeerCodec.decodeHello(first).from();
                    send(
                            socket,
                            PeerCodec.encode(
                                    hello("n2", from, new MemberStart(1, 1, 1, 0, 0)),
                                    UnpooledByteBufAllocator.DEFAULT));
                    send(socket, codec.encode(frame, UnpooledByteBufAllocator.DEFAULT));
                    while (in.read() >= 0) {
                        // What it says meanwhile does not matter.
                    }
                }
            }
        }
    }
}
