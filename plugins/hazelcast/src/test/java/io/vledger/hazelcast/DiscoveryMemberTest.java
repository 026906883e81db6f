package io.vledger.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.json.JsonObject;
import io.vledger.api.net.SharedSecrets;
import io.vledger.testkit.FreePorts;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DiscoveryMemberTest {
    private static final String OLD = "the secret of the nodes until today";
    /** Not another run's. */
    private static final String CLUSTER = "test-" + UUID.randomUUID();

    private static final String NEW = "the secret of the nodes from now on";

    /** Says on a queue what is heard. */
    private static final class Ears implements DiscoveryMember.Listener {
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

        @Override
        public void received(UUID who, byte[] statement) {
            events.add("received " + new String(statement, StandardCharsets.UTF_8));
        }

        @Override
        public void joined() {
            events.add("joined");
        }

        @Override
        public void left(UUID who) {
            events.add("left");
        }

        void next(String expected) throws InterruptedException {
            assertThat(events.poll(60, TimeUnit.SECONDS)).isEqualTo(expected);
        }
    }

    /** What a rogue might send in place of bytes. */
    private static final class Poison implements Serializable {
        private static final long serialVersionUID = 1;
        private static volatile boolean made;

        private Object readResolve() {
            made = true;
            return this;
        }
    }

    @Test
    void membersHearEachOtherAndForeignObjectsAreNotMade() throws Exception {
        int first = FreePorts.next();
        int second = FreePorts.next();
        String members = "\"127.0.0.1:%d\",\"127.0.0.1:%d\"".formatted(first, second);
        Ears a = new Ears();
        Ears b = new Ears();
        DiscoveryMember one = open(first, members, a);
        try {
            DiscoveryMember two = open(second, members, b);
            try {
                a.next("joined");
                assertThat(two.size()).isEqualTo(2);
                one.send("hello".getBytes(StandardCharsets.UTF_8));
                b.next("received hello");
                two.send("you".getBytes(StandardCharsets.UTF_8));
                a.next("received you");
                HazelcastInstance rogue = Hazelcast.getHazelcastInstanceByName("vledger-n0-" + second);
                rogue.getTopic("vledger-members-1").publish(new Poison());
                a.next("received ");
                assertThat(Poison.made).isFalse();
                one.send("again".getBytes(StandardCharsets.UTF_8));
                b.next("received again");
            } finally {
                two.close();
            }
            a.next("left");
        } finally {
            one.close();
        }
    }

    private static MemberGate gate(String... secrets) {
        SharedSecrets all = new SharedSecrets(List.of(secrets));
        return new MemberGate(() -> all, true);
    }

    private static MemberGate openGate(String... secrets) {
        SharedSecrets all = new SharedSecrets(List.of(secrets));
        return new MemberGate(() -> all, false);
    }

    /** What is said to a stranger, who says these bytes to a port and listens until it is closed. */
    private static byte[] said(int port, byte[] bytes) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(bytes);
            return socket.getInputStream().readAllBytes();
        } catch (SocketException reset) { // closed in the hard way
            return new byte[0];
        }
    }

    @Test
    void aStrangerNeitherJoinsNorLearnsNorTeaches() throws Exception {
        int first = FreePorts.next();
        int second = FreePorts.next();
        int third = FreePorts.next();
        int fourth = FreePorts.next();
        String members = "\"127.0.0.1:%d\",\"127.0.0.1:%d\"".formatted(first, second);
        Ears a = new Ears();
        Ears stranger = new Ears();
        DiscoveryMember one = open(first, members, gate(OLD, NEW), a);
        DiscoveryMember two = open(second, members, gate(NEW), new Ears());
        try {
            a.next("joined");
            // Hazelcast's own first bytes, nothing but a connection, and another secret.
            assertThat(said(first, "HZC".getBytes(StandardCharsets.US_ASCII))).isEmpty();
            assertThat(said(first, "VLD1".getBytes(StandardCharsets.US_ASCII))).isEmpty();
            byte[] guess = ByteBuffer.allocate(4 + 32 + 32)
                    .put("VLD1".getBytes(StandardCharsets.US_ASCII))
                    .array();
            assertThat(said(first, guess))
                    .as("a nonce and two proofs, which say nothing")
                    .hasSize(32 + 1 + 2 * 32);
            // Whole members of Hazelcast that know where the others are and how they are called.
            DiscoveryMember open = open(third, members, null, stranger);
            DiscoveryMember guessing = open(fourth, members, gate("another secret of more than 32 bytes"), stranger);
            try {
                open.send("lie".getBytes(StandardCharsets.UTF_8));
                guessing.send("lie".getBytes(StandardCharsets.UTF_8));
                one.send("truth".getBytes(StandardCharsets.UTF_8));
                assertThat(open.size()).isEqualTo(1);
                assertThat(guessing.size()).isEqualTo(1);
                assertThat(one.size()).isEqualTo(2);
            } finally {
                open.close();
                guessing.close();
            }
            assertThat(stranger.events).isEmpty();
            assertThat(a.events).isEmpty();
        } finally {
            two.close();
            one.close();
        }
        assertThat(a.events).isSubsetOf("left");
    }

    @Test
    void membersOfBothKindsAreTogetherWhileARunningClusterGetsASecret() throws Exception {
        int first = FreePorts.next();
        int second = FreePorts.next();
        int third = FreePorts.next();
        // Nobody knows of the third: it connects to the others.
        String members = "\"127.0.0.1:%d\",\"127.0.0.1:%d\"".formatted(first, second);
        Ears a = new Ears();
        Ears b = new Ears();
        DiscoveryMember without = open(first, members, null, a);
        DiscoveryMember one = open(second, members, openGate(OLD), b);
        try {
            a.next("joined");
            one.send("still in the open".getBytes(StandardCharsets.UTF_8));
            a.next("received still in the open");
            without.close();
            b.next("left");
            // The first is restarted with a secret that is required; it connects to one with an open gate.
            without = open(first, members, gate(OLD, NEW), a);
            b.next("joined");
            without.send("proven".getBytes(StandardCharsets.UTF_8));
            b.next("received proven");
            // One with an open gate connects to both of them.
            DiscoveryMember late = open(third, members, openGate(OLD), new Ears());
            try {
                a.next("joined");
                b.next("joined");
                assertThat(late.size()).isEqualTo(3);
                late.send("from an open gate".getBytes(StandardCharsets.UTF_8));
                a.next("received from an open gate");
                b.next("received from an open gate");
                // Who knows another secret is not taken for one without.
                byte[] guess = ByteBuffer.allocate(4 + 32 + 32)
                        .put("VLD1".getBytes(StandardCharsets.US_ASCII))
                        .array();
                assertThat(said(second, guess)).hasSize(32 + 1 + 32);
            } finally {
                late.close();
            }
            a.next("left");
        } finally {
            one.close();
            without.close();
        }
    }

    @Test
    void clustersOfBothKindsFindEachOther() throws Exception {
        int first = FreePorts.next();
        int second = FreePorts.next();
        Ears a = new Ears();
        Ears b = new Ears();
        // As after a partition: only the one with the open gate knows where the other is.
        DiscoveryMember one = open(first, "\"127.0.0.1:%d\"".formatted(first), gate(OLD), a);
        DiscoveryMember two =
                open(second, "\"127.0.0.1:%d\",\"127.0.0.1:%d\"".formatted(first, second), openGate(OLD), b);
        try {
            a.next("joined");
            one.send("there you are".getBytes(StandardCharsets.UTF_8));
            b.next("received there you are");
        } finally {
            two.close();
            one.close();
        }
    }

    private DiscoveryMember open(int port, String members, Ears ears) {
        return open(port, members, null, ears);
    }

    private DiscoveryMember open(int port, String members, @Nullable MemberGate gate, Ears ears) {
        Settings settings =
                Settings.of(new JsonObject("{\"port\":" + port + ",\"members\":[" + members + "]}"), CLUSTER);
        return DiscoveryMember.open(MemberConfig.of(settings, "n0", getClass().getClassLoader()), gate, ears);
    }
}
