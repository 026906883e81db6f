package io.vledger.raft.driver.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.SharedSecrets;
import io.vledger.api.plugin.GroupConfig.PeerSecurity;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.testkit.FreePorts;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PeerDialerTest {
    @Test
    void aPortThatNobodyListensOnIsRefusedAndATimeOutIsNot() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            PeerDialer dialer = new PeerDialer(
                    vertx,
                    Map.of("n1", "127.0.0.1:" + FreePorts.next()),
                    new PeerAuthentication("g", "n0", PeerSecurity.Mode.OFF, () -> new SharedSecrets(List.of())),
                    new PeerTls(new TlsContexts(vertx, TlsSettings.NONE), PeerSecurity.Mode.OFF, Map.of()));
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            dialer.connect("n1").onSuccess(NetSocket::close).onFailure(failure::complete);
            Throwable refused = failure.get(20, TimeUnit.SECONDS);
            assertThat(PeerDialer.refused(refused)).isTrue();
            assertThat(PeerDialer.reason(refused)).isEqualTo("nobody listens there");
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
        assertThat(PeerDialer.refused(new ConnectTimeoutException("connection refused")))
                .as("whatever the text says")
                .isFalse();
        assertThat(PeerDialer.refused(new NoRouteToHostException("Connection refused")))
                .isFalse();
        assertThat(PeerDialer.refused(new ConnectException("nothing of that kind")))
                .isTrue();
        assertThat(PeerDialer.refused(null)).isFalse();
        assertThat(PeerDialer.reason(new ConnectTimeoutException("timed out"))).isEqualTo("timed out");
        assertThat(PeerDialer.message(new IllegalStateException())).isEqualTo("java.lang.IllegalStateException");
    }
}
