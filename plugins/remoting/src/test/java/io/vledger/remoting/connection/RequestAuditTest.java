package io.vledger.remoting.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.audit.AuditEvent;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RpcServer;
import io.vledger.protocol.RequestCode;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.Frames;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What is recorded of requests. */
class RequestAuditTest extends ServerFixture {
    private final List<AuditEvent> events = new CopyOnWriteArrayList<>();

    private RpcServer audited() throws Exception {
        rpc = new RemotingRpc(vertx, Limits.STANDARD, HandlerTable::new).audited(events::add);
        return listen();
    }

    @Test
    void aChangeIsTakenDownWithItsSenderAndItsResult() throws Exception {
        handlers.register(RequestCode.DELETE_TOPIC_IN_BROKER, request -> request.reply(0, null));
        handlers.register(RequestCode.DELETE_SUBSCRIPTIONGROUP, request -> request.reply(2, "busy"));
        RpcServer server = audited();
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.call(Frames.json(
                    "{\"code\":215,\"opaque\":1,\"extFields\":{\"topic\":\"orders\",\"Signature\":\"s3cret\"}}",
                    new byte[0]));
            peer.call(Frames.json("{\"code\":207,\"opaque\":2,\"extFields\":{\"groupName\":\"g\"}}", new byte[0]));
            String from = "127.0.0.1:" + peer.socket.getLocalPort();
            assertThat(events)
                    .containsExactly(
                            new AuditEvent("", from, "DELETE_TOPIC_IN_BROKER", "topic=orders", "0", false),
                            new AuditEvent("", from, "DELETE_SUBSCRIPTIONGROUP", "groupName=g", "2 busy", true));
        }
    }

    @Test
    void whoSentItIsWhatAccessControlHasFoundOut() throws Exception {
        handlers.register(RequestCode.DELETE_TOPIC_IN_BROKER, request -> request.reply(0, null));
        RpcServer server = audited();
        rpc.filters().set(Map.of("access", (group, request) -> ((RelayableRequest) request).identify("alice")));
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.call(Frames.request(RequestCode.DELETE_TOPIC_IN_BROKER, 1));
            assertThat(events).singleElement().satisfies(event -> assertThat(event.who())
                    .isEqualTo("alice"));
        }
    }

    @Test
    void ofAConfigurationOnlyKeysAreTakenDown() throws Exception {
        handlers.register(RequestCode.UPDATE_BROKER_CONFIG, request -> request.reply(0, null));
        RpcServer server = audited();
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.call(Frames.json("{\"code\":25,\"opaque\":1}", "b=s3cret\na=1\n".getBytes(StandardCharsets.UTF_8)));
            assertThat(events).singleElement().satisfies(event -> assertThat(event.about())
                    .isEqualTo("keys=a,b"));
        }
    }

    @Test
    void theTrafficOfClientsIsNotTakenDownUnlessItIsRefused() throws Exception {
        handlers.register(RequestCode.SEND_MESSAGE, request -> request.reply(0, null));
        handlers.register(RequestCode.PULL_MESSAGE, request -> request.reply(16, "no right"));
        RpcServer server = audited();
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.call(Frames.request(RequestCode.SEND_MESSAGE, 1));
            peer.call(Frames.request(RequestCode.PULL_MESSAGE, 2));
            assertThat(events).singleElement().satisfies(event -> {
                assertThat(event.what()).isEqualTo("REQUEST_11");
                assertThat(event.refused()).isTrue();
            });
        }
    }
}
