package io.vledger.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Set;
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
        assertThat(open().refusal(caller(remote, local, host, null, null, false), Role.OPERATE))
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
        Response refusal = open().refusal(caller(remote, local, host, origin, fetchSite, proxied), Role.OPERATE);
        assertThat(refusal).isNotNull();
        assertThat(refusal.status()).isEqualTo(403);
        JsonObject body = new JsonObject(refusal.body());
        assertThat(body.getString("error")).contains(why);
        assertThat(body.getString("hint")).contains("http.token or http.tokenFile");
    }

    @Test
    void aPageOfThisServerMayAsk() {
        assertThat(open().refusal(
                                caller(
                                        "127.0.0.1",
                                        "127.0.0.1",
                                        "localhost:8080",
                                        "http://localhost:8080",
                                        "same-origin",
                                        false),
                                Role.OPERATE))
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
                        new Caller("127.0.0.1", "127.0.0.1", "127.0.0.1:1", null, null, contentType, null, false),
                        Role.OPERATE);
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
    void withATokenItDecidesFromWherever(@Nullable String authorization, boolean may) {
        AccessGuard guard = new AccessGuard(new AccessTokens(null, TOKEN, null), Set.of("broker.example"));
        Response far = guard.refusal(
                new Caller("10.0.0.7", "10.0.0.1", "broker.example", null, null, null, authorization, false),
                Role.OPERATE);
        Response near = guard.refusal(
                new Caller("127.0.0.1", "127.0.0.1", "127.0.0.1:8080", null, null, null, authorization, false),
                Role.ADMINISTER);
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

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1:8080,       , , application/json, true,  a proxy passes",
        "evil.example:8080,   , , application/json, false, does not name this machine",
        ",                    , , application/json, false, does not name this machine",
        "10.0.0.1:8080, http://evil.example, , application/json, false, another origin",
        "10.0.0.1:8080, , cross-site, application/json, false, another origin",
        "10.0.0.1:8080, , , text/plain, false, content type",
        "10.0.0.1:8080, , , application/x-www-form-urlencoded, false, content type",
    })
    void theTokenDoesNotSufficeWhereAPageOrAProxyMayBeBehindIt(
            @Nullable String host,
            @Nullable String origin,
            @Nullable String fetchSite,
            String contentType,
            boolean proxied,
            String why) {
        AccessGuard guard = new AccessGuard(new AccessTokens(null, TOKEN, null), Set.of());
        Caller caller =
                new Caller("10.0.0.7", "10.0.0.1", host, origin, fetchSite, contentType, "Bearer " + TOKEN, proxied);
        Response refusal = guard.refusal(caller, Role.OPERATE);
        assertThat(refusal).isNotNull();
        assertThat(refusal.status()).isEqualTo(403);
        assertThat(new JsonObject(refusal.body()).getString("error")).contains(why);
    }

    @ParameterizedTest
    @CsvSource({
        "read-token-read-token,             200, 403, 403",
        "operate-token-operate,             200, 200, 403",
        "administer-token-administer,       200, 200, 200",
        "nobodys-token-nobodys,             401, 401, 401",
        ",                                  401, 401, 401",
    })
    void aTokenAllowsItsRoleAndThoseBelow(@Nullable String token, int read, int operate, int administer) {
        AccessGuard guard = new AccessGuard(
                new AccessTokens("read-token-read-token", "operate-token-operate", "administer-token-administer"),
                Set.of());
        Caller caller = new Caller(
                "10.0.0.7",
                "10.0.0.1",
                "10.0.0.1:80",
                null,
                null,
                "application/json",
                token == null ? null : "Bearer " + token,
                false);
        assertThat(status(guard.refusal(caller, Role.READ))).isEqualTo(read);
        assertThat(status(guard.refusal(caller, Role.OPERATE))).isEqualTo(operate);
        assertThat(status(guard.refusal(caller, Role.ADMINISTER))).isEqualTo(administer);
    }

    private static int status(@Nullable Response refusal) {
        return refusal == null ? 200 : refusal.status();
    }

    private static AccessGuard open() {
        return new AccessGuard(new AccessTokens(null, null, null), Set.of());
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
