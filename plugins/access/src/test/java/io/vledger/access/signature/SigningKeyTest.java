package io.vledger.access.signature;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.testkit.fake.FakeRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signatures that the hooks of real clients made: secret, body, and fields of a line, each in Base64. */
class SigningKeyTest {
    private record Signed(String secret, byte[] body, Map<String, String> fields) {
        static Signed of(String line) {
            String[] parts = line.split("\t");
            Map<String, String> fields = new TreeMap<>();
            for (int i = 2; i < parts.length; i++) {
                int equals = parts[i].indexOf('=');
                fields.put(
                        parts[i].substring(0, equals),
                        new String(Base64.getDecoder().decode(parts[i].substring(equals + 1)), StandardCharsets.UTF_8));
            }
            return new Signed(parts[0], Base64.getDecoder().decode(parts[1]), fields);
        }

        FakeRequest request() {
            FakeRequest request = new FakeRequest(10).body(body);
            fields.forEach(request::with);
            return request;
        }
    }

    private static List<Signed> recorded(String release) throws IOException {
        try (InputStream in = SigningKeyTest.class.getResourceAsStream("/signatures-" + release + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(Signed::of)
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"4.9.8", "5.5.0"})
    void whatARealClientSignedIsBelieved(String release) throws Exception {
        List<Signed> all = recorded(release);
        assertThat(all).hasSize(6);
        for (Signed signed : all) {
            assertThat(new SigningKey(signed.secret()).verifies(signed.request()))
                    .as("%s", signed.fields())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"4.9.8", "5.5.0"})
    void nothingElseIs(String release) throws Exception {
        for (Signed signed : recorded(release)) {
            SigningKey key = new SigningKey(signed.secret());
            assertThat(new SigningKey(signed.secret() + "x").verifies(signed.request()))
                    .isFalse();
            assertThat(key.verifies(signed.request().with("Signature", null))).isFalse();
            assertThat(key.verifies(signed.request().with("Signature", ""))).isFalse();
            assertThat(key.verifies(signed.request().with("more", "x"))).isFalse();
            assertThat(key.verifies(signed.request().with("AccessKey", "rocketmq3")))
                    .isFalse();
            assertThat(key.verifies(signed.request().body(signed.secret()))).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"4.9.8", "5.5.0"})
    void aRequestOfOurOwnIsSignedAsClientsSign(String release) throws Exception {
        for (Signed signed : recorded(release)) {
            TreeMap<String, String> fields = new TreeMap<>(signed.fields());
            String signature = fields.remove("Signature");
            if (!fields.containsKey("_UNIQUE_KEY_QUERY")) {
                assertThat(new SigningKey(signed.secret()).sign(fields, signed.body()))
                        .isEqualTo(signature);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_024, 16_300, 16_384, 100_000})
    void aBodyOfAnySizeAndMemoryIsSigned(int bytes) {
        byte[] body = new byte[bytes];
        new Random(bytes).nextBytes(body);
        SignedBytes shared = new SignedBytes();
        SigningKey key = new SigningKey("12345678", shared);
        SigningKey other = new SigningKey("12345679", shared);
        String signature = key.sign(new TreeMap<>(Map.of("a", "1", "b", "2")), body);
        for (ByteBuf memory :
                List.of(Unpooled.wrappedBuffer(body), Unpooled.directBuffer().writeBytes(body))) {
            FakeRequest request =
                    new FakeRequest(10).with("b", "2").with("a", "1").body(memory);
            assertThat(key.verifies(request.with("Signature", signature))).isTrue();
            assertThat(other.verifies(request)).isFalse();
            assertThat(key.verifies(request)).isTrue();
            assertThat(request.body().readableBytes()).isEqualTo(bytes);
        }
    }

    /** Recorded: what rocketmq-client-java 5.2.0 sent as {@code x-mq-date-time} and {@code Signature}. */
    @Test
    void whatARealClientOfGrpcSignedIsBelieved() {
        String signature =
                Base64.getEncoder().encodeToString(HexFormat.of().parseHex("7B1C016983958FB959A948D3AF062F8C173B13C3"));
        SigningKey key = new SigningKey("app-password-22");
        assertThat(key.signed("20261127T184557Z", signature)).isTrue();
        assertThat(key.signed("20261127T184557Z", "")).isFalse();
        assertThat(key.signed("20261127T184558Z", signature)).isFalse();
        assertThat(new SigningKey("app-password-23").signed("20261127T184557Z", signature))
                .isFalse();
    }
}
