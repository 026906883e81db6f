package io.vledger.raft.driver.verticle;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupRole;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.GroupConfig.PeerSecurity;
import io.vledger.api.plugin.GroupConfig.PeerSecurity.Mode;
import io.vledger.testkit.Certificates;
import io.vledger.testkit.Certificates.CertificateFiles;
import io.vledger.testkit.Seeds;
import io.vledger.testkit.SmallGroup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members with a secret and TLS, over real sockets, and somebody who is none of them at their ports. */
@Timeout(120)
class SecuredMembersTest {
    private static final long SEED = Long.getLong("vledger.seed", 3);
    private static final PeerSecurity OPEN = PeerSecurity.NONE;

    @TempDir
    Path directory;

    private final LocalMembers group = new LocalMembers(3);
    private Certificates authority;
    private Path secret;
    private int proposed;

    @BeforeEach
    void makeKeys() throws IOException {
        authority = new Certificates(directory, "authority");
        secret = Files.createFile(
                directory.resolve("secret"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, "what only the members of this group know");
    }

    @AfterEach
    void stopAll() throws Exception {
        group.stopAll();
    }

    private PeerSecurity secured(Mode mode) {
        return new PeerSecurity(mode, secret.toString(), mode);
    }

    private void start(String id, PeerSecurity security) throws Exception {
        GroupConfig config = SmallGroup.config("g", directory.resolve(id))
                .peers(group.peers)
                .segmentBytes(1 << 20)
                .peerSecurity(security)
                .raft(SmallGroup.timing().electionTimeoutMs(800).build())
                .build();
        JsonObject section = new JsonObject();
        if (security.tls() != Mode.OFF) {
            CertificateFiles files = authority.valid(id);
            section.put(
                    "tls",
                    new JsonObject()
                            .put("mode", "enforcing")
                            .put("clientAuth", "require")
                            .put("members", true)
                            .put("certificate", files.certificate().toString())
                            .put("key", files.key().toString())
                            .put("trust", authority.authority().toString()));
        }
        group.running.put(id, new LocalMember(id, config, section, null));
    }

    /** Proposes until all of them are applied by a leader. */
    private void proposeSome() throws Exception {
        int wanted = proposed + 50;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (proposed < wanted) {
            assertThat(System.nanoTime()).as("only %d are applied", proposed).isLessThan(deadline);
            LocalMember leader = group.leader();
            leader.proposeWhileItLeads(proposed, wanted - proposed).get(20, TimeUnit.SECONDS);
            if (leader.passBarrier().get(20, TimeUnit.SECONDS)) {
                proposed = leader.applied.size();
            }
        }
    }

    private void awaitAllApplied() {
        List<Long> numbers = new ArrayList<>();
        for (long i = 0; i < proposed; i++) {
            numbers.add(i);
        }
        group.await("all applied " + proposed, () -> group.running.values().stream()
                .allMatch(member -> member.applied.size() == proposed));
        group.running.values().forEach(member -> assertThat(member.applied).isEqualTo(numbers));
    }

    @Test
    void aRunningGroupGetsASecretAndTlsOneMemberAfterTheOther() throws Exception {
        for (String id : group.peers.keySet()) {
            start(id, OPEN);
        }
        proposeSome();
        for (Mode mode : new Mode[] {Mode.PERMISSIVE, Mode.REQUIRED}) {
            for (String id : group.peers.keySet()) {
                group.stop(id);
                proposeSome();
                start(id, secured(mode));
                proposeSome();
                awaitAllApplied();
            }
        }
    }

    @Test
    void noFrameOfAStrangerDisturbsAGroup() throws Exception {
        for (String id : group.peers.keySet()) {
            start(id, secured(Mode.REQUIRED));
        }
        bombard();
        group.stopAll();
        group.running.clear();
        // Without a secret nothing that a stranger says is believed either, for the address decides who a member is.
        for (String id : group.peers.keySet()) {
            start(id, OPEN);
        }
        bombard();
    }

    private void bombard() throws Exception {
        proposeSome();
        Random random = new Random(SEED);
        for (int i = 0; i < Seeds.count(200); i++) {
            for (String address : group.peers.values()) {
                send(address, random);
            }
        }
        proposeSome();
        awaitAllApplied();
        group.running
                .values()
                .forEach(member -> assertThat(member.role()).as("seed %d", SEED).isNotEqualTo(GroupRole.FAILED));
    }

    /** A few frames of the forms that members send, over a connection that is closed then. */
    private static void send(String address, Random random) throws IOException {
        int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                socket.getOutputStream().write(frame(random));
            }
        } catch (IOException closed) {
            // which is what a member may do
        }
    }

    private static byte[] frame(Random random) {
        String[] names = {"g", "n0", "n1", "n2", "", "x".repeat(200)};
        long[] numbers = {0, 1, 2, 7, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 62, 1L << 40};
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(random.nextInt(24));
        for (int part = random.nextInt(12); part > 0; part--) {
            if (random.nextInt(3) == 0) {
                byte[] text = names[random.nextInt(names.length)].getBytes(StandardCharsets.UTF_8);
                frame.writeBytes(
                        ByteBuffer.allocate(2).putShort((short) text.length).array());
                frame.writeBytes(text);
            } else {
                frame.writeBytes(ByteBuffer.allocate(8)
                        .putLong(numbers[random.nextInt(numbers.length)])
                        .array());
            }
        }
        return ByteBuffer.allocate(4 + frame.size())
                .putInt(frame.size())
                .put(frame.toByteArray())
                .array();
    }
}
