package io.vledger.hazelcast;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.discovery.Discovery.Sighting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is learned from statements, and what they teach, with a secret and without. */
class StatementSealTest {
    private static final String SECRET = "the first secret that all nodes share";
    private static final String NEXT = "the other secret, which will replace it";
    private static final Sighting SIGHTING = new Sighting("C", "secret-group", "n0", "10.0.0.7:10911", 3, true, 1);
    private static final byte[] STATEMENT = Statement.encode(List.of(SIGHTING));
    private static final long NOW_MS = 1_000_000;

    @TempDir
    Path directory;

    private final StatementSeal open = new StatementSeal(null, false);

    private StatementSeal seal(boolean required, String... secrets) throws IOException {
        Path file = Files.createTempFile(
                directory,
                "secret",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, List.of(secrets));
        StatementSeal seal = new StatementSeal(file, required);
        seal.read();
        return seal;
    }

    private static List<Sighting> heard(StatementSeal by, byte[] sent) {
        ReceivedSightings received = new ReceivedSightings(by, () -> NOW_MS);
        received.receive(UUID.randomUUID(), sent, 1);
        return received.sightings();
    }

    @Test
    void nodesWithTheSecretHearEachOther() throws Exception {
        byte[] sent = seal(true, SECRET).seal(STATEMENT, "n0", NOW_MS);
        assertThat(heard(seal(true, SECRET), sent)).containsExactly(SIGHTING);
    }

    @Test
    void connectionsPassAGateThatIsOpenWhileAClusterIsChangedOver() throws Exception {
        MemberGate changing = requireNonNull(seal(false, SECRET).gate());
        assertThat(changing.required()).as("a cluster that is changed over").isFalse();
        assertThat(requireNonNull(seal(true, SECRET).gate()).required()).isTrue();
        assertThat(open.gate()).isNull();
    }

    @Test
    void nothingIsTaughtToWhoDoesNotKnowIt() throws Exception {
        byte[] sent = seal(true, SECRET).seal(STATEMENT, "n0", NOW_MS);
        assertThat(heard(open, sent)).isEmpty();
        assertThat(new String(sent, StandardCharsets.UTF_8))
                .doesNotContain("secret-group")
                .doesNotContain("10.0.0.7");
        assertThat(heard(seal(true, NEXT), sent)).isEmpty();
    }

    @Test
    void nothingIsLearnedFromWhoDoesNotKnowIt() throws Exception {
        StatementSeal node = seal(true, SECRET);
        assertThat(heard(node, STATEMENT)).isEmpty();
        assertThat(heard(node, seal(true, NEXT).seal(STATEMENT, "n0", NOW_MS))).isEmpty();
        byte[] sent = seal(true, SECRET).seal(STATEMENT, "n0", NOW_MS);
        Random random = new Random(5);
        for (int i = 0; i < 2_000; i++) {
            byte[] changed = sent.clone();
            changed[random.nextInt(changed.length)] ^= (byte) (1 + random.nextInt(255));
            assertThat(heard(seal(true, SECRET), changed)).isIn(List.of(), List.of(SIGHTING));
        }
    }

    @Test
    void whatWasSaidBeforeIsNotBelievedAgain() throws Exception {
        StatementSeal sender = seal(true, SECRET);
        StatementSeal node = seal(true, SECRET);
        byte[] first = sender.seal(STATEMENT, "n0", NOW_MS);
        byte[] second = sender.seal(Statement.encode(List.of()), "n0", NOW_MS + 1);
        node.open(first, NOW_MS);
        node.open(second, NOW_MS);
        assertThatThrownBy(() -> node.open(first, NOW_MS)).hasMessageContaining("said before by n0");
        assertThatThrownBy(() -> node.open(sender.seal(STATEMENT, "n1", 1), NOW_MS))
                .hasMessageContaining("clocks");
    }

    @Test
    void aClusterIsChangedOverAndASecretReplacedWithoutAMomentOfSilence() throws Exception {
        StatementSeal[] states = {
            open,
            seal(false, SECRET),
            seal(true, SECRET),
            seal(true, SECRET, NEXT),
            seal(true, NEXT, SECRET),
            seal(true, NEXT)
        };
        for (int i = 0; i + 1 < states.length; i++) {
            // Node ids differ, since a seal remembers what a node said.
            assertThat(heard(states[i], states[i + 1].seal(STATEMENT, "a" + i, NOW_MS)))
                    .as("state %d hears %d", i, i + 1)
                    .containsExactly(SIGHTING);
            assertThat(heard(states[i + 1], states[i].seal(STATEMENT, "b" + i, NOW_MS)))
                    .as("state %d hears %d", i + 1, i)
                    .containsExactly(SIGHTING);
        }
    }

    @Test
    void aSecretThatOthersCanReadIsNotUsed() throws Exception {
        Path file = Files.writeString(directory.resolve("open"), SECRET);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> new StatementSeal(file, true).read()).hasMessageContaining("chmod 600");
    }
}
