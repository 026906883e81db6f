package io.vledger.importer.agree;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.net.PeerTransport;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PeerClientTest {
    private final PeerNetwork network = new PeerNetwork();
    private final PeerClient client =
            new PeerClient(network.of("n0").channel("g", PeerTransport.ORIGIN_CHANNEL), "g", "n1", 1_000);

    private void answer(PeerChannel.RequestHandler handler) {
        network.of("n1").channel("g", PeerTransport.ORIGIN_CHANNEL).serve(handler);
    }

    @Test
    void aQuestionNamesItsGroupAndANumberThatTheAnswerHasToo() throws Exception {
        answer(request -> {
            JsonObject header = PeerMessage.decode(request).header();
            assertThat(header.getString("group")).isEqualTo("g");
            return Future.succeededFuture(PeerMessage.of(
                            new JsonObject().put("id", header.getLong("id")).put("a", header.getString("q")))
                    .encode());
        });
        assertThat(client.ask(new JsonObject().put("q", "first"))
                        .result()
                        .header()
                        .getString("a"))
                .isEqualTo("first");
        assertThat(client.ask(new JsonObject().put("q", "again"))
                        .result()
                        .header()
                        .getString("a"))
                .isEqualTo("again");
    }

    @Test
    void theAnswerToAnotherQuestionIsNone() {
        answer(request -> Future.succeededFuture(
                PeerMessage.of(new JsonObject().put("id", 99)).encode()));
        assertThat(client.ask(new JsonObject()).cause())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("n1 answered another question");
    }

    @Test
    void anUnreadableAnswerAndARefusalAreFailures() {
        answer(request -> Future.succeededFuture(Buffer.buffer("{}")));
        assertThat(client.ask(new JsonObject()).cause()).hasMessageContaining("n1 sent an unreadable answer");
        answer(request -> {
            PeerMessage refusal = PeerMessage.failure("n1: no");
            refusal.header().put("id", PeerMessage.decode(request).header().getLong("id"));
            return Future.succeededFuture(refusal.encode());
        });
        assertThat(client.ask(new JsonObject()).cause())
                .isInstanceOf(IOException.class)
                .hasMessage("n1: no");
    }

    @Test
    void whatWaitsWhenItIsClosedFailsAtOnceAndSoDoesWhatIsAskedLater() {
        answer(request -> Promise.<Buffer>promise().future());
        Future<PeerMessage> waiting = client.ask(new JsonObject());
        assertThat(waiting.isComplete()).isFalse();
        client.close();
        assertThat(waiting.cause()).hasMessage("this node is stopping");
        assertThat(client.ask(new JsonObject()).cause()).hasMessage("this node is stopping");
    }
}
