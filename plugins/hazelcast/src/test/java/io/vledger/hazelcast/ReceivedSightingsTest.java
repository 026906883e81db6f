package io.vledger.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.discovery.Discovery.Sighting;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceivedSightingsTest {
    private static final Sighting SIGHTING = new Sighting("C", "broker-a", "n0", "127.0.0.1:10911", 7, true, 12);

    private final ReceivedSightings heard = new ReceivedSightings();
    private final UUID a = UUID.randomUUID();
    private final UUID b = UUID.randomUUID();

    @Test
    void aStatementIsReadBackAsItWas() throws Exception {
        assertThat(Statement.decode(Statement.encode(List.of(SIGHTING)))).containsExactly(SIGHTING);
    }

    @Test
    void fieldsOfLaterVersionsAreIgnored() throws Exception {
        JsonObject json = new JsonObject(io.vertx.core.buffer.Buffer.buffer(Statement.encode(List.of(SIGHTING))));
        json.put("new", new JsonArray().add(1))
                .getJsonArray("members")
                .getJsonObject(0)
                .put("newer", "x");
        assertThat(Statement.decode(json.toBuffer().getBytes())).containsExactly(SIGHTING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"version\":1}",
                "{\"version\":2,\"members\":[]}",
                "{\"version\":\"1\",\"members\":[]}",
                "{\"version\":1,\"members\":{}}",
                "{\"version\":1,\"members\":[1]}",
                "{\"version\":1,\"members\":[null]}",
                "{\"version\":1,\"members\":[{}]}"
            })
    void whatIsNoStatementIsRefused(String text) {
        assertThatThrownBy(() -> Statement.decode(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(Statement.Unreadable.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "group:\"\"",
                "group:\"a b\"",
                "group:5",
                "group:\"a\\nb\"",
                "address:\"h\"",
                "address:\"h:0\"",
                "address:\"h:99999\"",
                "address:\"h x:1\"",
                "address:\"h:1;x:2\"",
                "term:\"9\"",
                "term:1.5",
                "term:99999999999999999999",
                "topicsVersion:null"
            })
    void aMemberWithAFieldThatCannotBeIsRefused(String change) {
        JsonObject json = new JsonObject(io.vertx.core.buffer.Buffer.buffer(Statement.encode(List.of(SIGHTING))));
        int colon = change.indexOf(':');
        Object value = new JsonObject("{\"v\":" + change.substring(colon + 1) + "}").getValue("v");
        json.getJsonArray("members").getJsonObject(0).put(change.substring(0, colon), value);
        assertThatThrownBy(() -> Statement.decode(json.toBuffer().getBytes())).isInstanceOf(Statement.Unreadable.class);
    }

    @Test
    void sizesAreBounded() {
        assertThatThrownBy(() -> Statement.decode(new byte[Statement.MAX_BYTES + 1]))
                .hasMessageContaining("more than");
        byte[] many = Statement.encode(Collections.nCopies(Statement.MAX_MEMBERS + 1, SIGHTING));
        assertThatThrownBy(() -> Statement.decode(many)).isInstanceOf(Statement.Unreadable.class);
    }

    @Test
    void deepNestingIsRefusedAndNotFollowed() {
        byte[] deep = ("{\"version\":1,\"members\":" + "[".repeat(400_000)).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> Statement.decode(deep)).isInstanceOf(Statement.Unreadable.class);
    }

    @Test
    void randomDamageIsReadOrRefusedAndNeverAnythingElse() {
        long seed = Long.getLong("vledger.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        byte[] good = Statement.encode(List.of(SIGHTING, SIGHTING));
        for (int round = 0; round < 5000; round++) {
            byte[] bytes = good.clone();
            for (int i = random.nextInt(1, 6); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(Statement.decode(bytes)).as("seed %d", seed).hasSizeLessThan(100);
            } catch (Statement.Unreadable refused) {
                assertThat(refused.getMessage()).as("seed %d", seed).isNotEmpty();
            }
        }
    }

    @Test
    void eachSpeakersLastReadableWordCounts() {
        heard.receive(a, Statement.encode(List.of(SIGHTING)), 0);
        Sighting other = new Sighting("C", "broker-b", "n1", "127.0.0.1:10912", 1, false, 0);
        heard.receive(b, Statement.encode(List.of(other)), 0);
        assertThat(heard.sightings()).containsExactlyInAnyOrder(SIGHTING, other);
        List<Sighting> before = heard.sightings();
        heard.receive(b, Statement.encode(List.of(other)), 1);
        assertThat(heard.sightings()).as("nothing new, no new list").isSameAs(before);
        heard.receive(b, new byte[] {1, 2}, 2);
        assertThat(heard.sightings()).containsExactlyInAnyOrder(SIGHTING, other);
        assertThat(heard.refused()).isEqualTo(1);
        heard.receive(a, Statement.encode(List.of()), 3);
        assertThat(heard.sightings()).containsExactly(other);
        heard.left(b);
        assertThat(heard.sightings()).isEmpty();
    }

    @Test
    void whoIsSilentIsForgotten() {
        heard.receive(a, Statement.encode(List.of(SIGHTING)), 0);
        heard.expire(ReceivedSightings.EXPIRY_MS);
        assertThat(heard.sightings()).hasSize(1);
        heard.expire(ReceivedSightings.EXPIRY_MS + 1);
        assertThat(heard.sightings()).isEmpty();
    }

    @Test
    void aFloodOfSpeakersIsBounded() {
        for (int i = 0; i < ReceivedSightings.MAX_SENDERS + 50; i++) {
            heard.receive(UUID.randomUUID(), Statement.encode(List.of(SIGHTING)), 0);
        }
        assertThat(heard.sightings()).hasSize(ReceivedSightings.MAX_SENDERS);
        assertThat(heard.refused()).isEqualTo(50);
    }
}
