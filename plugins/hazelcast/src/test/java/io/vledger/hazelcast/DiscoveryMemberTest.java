package io.vledger.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.json.JsonObject;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DiscoveryMemberTest {
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
        int first = freePort();
        int second = freePort();
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

    private DiscoveryMember open(int port, String members, Ears ears) {
        Settings settings = Settings.of(
                new JsonObject("{\"port\":" + port + ",\"members\":[" + members + "]}"), "test-" + members.hashCode());
        return DiscoveryMember.open(MemberConfig.of(settings, "n0", getClass().getClassLoader()), ears);
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
