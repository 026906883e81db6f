package io.vledger.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessGuardTest {
    private static final String TOKEN = "0123456789abcdef";

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, 127.0.0.1:8080",
        "127.0.0.1, 127.0.0.1, localhost:8080",
        "127.0.0.1, 127.0.0.1, LOCALHOST",
        "127.3.4.5, 127.9.9.9, 127.9.9.9",
        "::1, ::1, [::1]:8080",
        "0:0:0:0:0:0:0:1, ::1, [::1]",
        "::ffff:127.0.0.1, ::ffff:127.0.0.1, 127.0.0.1:8080",
    })
    void withoutATokenProgramsOfThisMachineMayChangeState(String remote, String local, String host) {
        assertThat(open().refusal(caller(remote, local, host, null, null, false)))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.7,  127.0.0.1, 127.0.0.1:8080, , , false, only this machine",
        ",          127.0.0.1, 127.0.0.1:8080, , , false, only this machine",
        "fe80::1%1, ::1,       '[::1]:8080',   , , false, only this machine",
        "127.0.0.1, 127.0.0.1, 127.0.0.1:8080, , , true,  only this machine",
        "127.0.0.1, 10.0.0.1,  127.0.0.1:8080, , , false, loopback address only",
        "127.0.0.1, ,          127.0.0.1:8080, , , false, loopback address only",
        "127.0.0.1, 127.0.0.1, ,               , , false, does not name this machine",
        "127.0.0.1, 127.0.0.1, evil.example:8080, , , false, does not name this machine",
        "127.0.0.1, 127.0.0.1, localhost.evil.example, , , false, does not name this machine",
        "127.0.0.1, 127.0.0.1, 127.0.0.1.evil.example, , , false, does not name this machine",
        "127.0.0.1, 127.0.0.1, 10.0.0.1:8080, , , false, does not name this machine",
        "127.0.0.1, 127.0.0.1, 127.0.0.1:8080, http://evil.example, , false, another origin",
        "127.0.0.1, 127.0.0.1, 127.0.0.1:8080, http://127.0.0.1:9090, , false, another origin",
        "127.0.0.1, 127.0.0.1, 127.0.0.1:8080, null, , false, another origin",
        "127.0.0.1, 127.0.0.1, 127.0.0.1:8080, , cross-site, false, another origin",
        "127.0.0.1, 127.0.0.1, 127.0.0.1:8080, , same-site, false, another origin",
    })
    void withoutATokenOthersMayNot(
            @Nullable String remote,
            @Nullable String local,
            @Nullable String host,
            @Nullable String origin,
            @Nullable String fetchSite,
            boolean proxied,
            String why) {
        Response refusal = open().refusal(caller(remote, local, host, origin, fetchSite, proxied));
        assertThat(refusal).isNotNull();
        assertThat(refusal.status()).isEqualTo(403);
        JsonObject body = new JsonObject(refusal.body());
        assertThat(body.getString("error")).contains(why);
        assertThat(body.getString("hint")).contains("http.token or http.tokenFile");
    }

    @Test
    void aPageOfThisServerMayAsk() {
        assertThat(open().refusal(caller(
                        "127.0.0.1", "127.0.0.1", "localhost:8080", "http://localhost:8080", "same-origin", false)))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain, false",
        "Text/Plain; charset=utf-8, false",
        "application/x-www-form-urlencoded, false",
        "multipart/form-data; boundary=x, false",
        "application/json, true",
        "application/java-archive, true",
        ", true",
    })
    void withoutATokenNothingIsTakenThatAFormOfAWebPageCouldSend(@Nullable String contentType, boolean may) {
        Response refusal = open().refusal(
                        new Caller("127.0.0.1", "127.0.0.1", "127.0.0.1:1", null, null, contentType, null, false));
        assertThat(refusal == null).isEqualTo(may);
    }

    @ParameterizedTest
    @CsvSource({
        "Bearer 0123456789abcdef,  true",
        "bearer 0123456789abcdef,  true",
        "Bearer  0123456789abcdef, true",
        "Bearer 0123456789abcdeF,  false",
        "Bearer 0123456789abcde,   false",
        "Bearer 0123456789abcdef0, false",
        "Bearer,                   false",
        "0123456789abcdef,         false",
        "Basic 0123456789abcdef,   false",
        ",                         false",
    })
    void withATokenItAloneDecides(@Nullable String authorization, boolean may) {
        AccessGuard guard = new AccessGuard(TOKEN);
        // From afar, through a proxy, under any name: the token is what counts.
        Response far = guard.refusal(new Caller(
                "10.0.0.7", "10.0.0.1", "broker.example", "http://x", "cross-site", null, authorization, true));
        Response near = guard.refusal(
                new Caller("127.0.0.1", "127.0.0.1", "127.0.0.1:8080", null, null, null, authorization, false));
        if (may) {
            assertThat(far).isNull();
            assertThat(near).isNull();
        } else {
            assertThat(far).isNotNull();
            assertThat(near).isNotNull();
            assertThat(near.status()).isEqualTo(401);
            assertThat(near.headers()).containsKey("WWW-Authenticate");
            assertThat(near.body().toString()).doesNotContain(TOKEN).contains("http.tokenFile");
        }
    }

    private static AccessGuard open() {
        return new AccessGuard(null);
    }

    private static Caller caller(
            @Nullable String remote,
            @Nullable String local,
            @Nullable String host,
            @Nullable String origin,
            @Nullable String fetchSite,
            boolean proxied) {
        return new Caller(remote, local, host, origin, fetchSite, null, null, proxied);
    }
}
