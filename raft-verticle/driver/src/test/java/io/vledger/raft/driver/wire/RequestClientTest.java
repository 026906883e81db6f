package io.vledger.raft.driver.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import io.vledger.testkit.Eventually;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How other members are asked, over real sockets on loopback. */
class RequestClientTest extends TransportFixture {
    @Test
    void aConnectionOverWhichNothingIsAskedIsClosedAndTheNextRequestOpensAnother() throws Exception {
        PeerChannel asked = start("n0");
        PeerChannel asking = start("n1");
        asked.serve(Future::succeededFuture);
        assertThat(answer(ask(asking, "a"))).isEqualTo("a");
        Eventually.await(
                "the idle connection is closed",
                () -> members.transport("n0").unidentified().count() == 0);
        assertThat(answer(ask(asking, "b"))).isEqualTo("b");
    }

    @Test
    void requestsThatWaitFailWhenTheNodeStops() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        start("n0").serve(request -> {
            begun.countDown();
            return Promise.<Buffer>promise().future();
        });
        PeerChannel asking = start("n1");
        Future<Buffer> waiting = ask(asking, "a");
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        members.closeTransport("n1");
        assertThatThrownBy(() -> answer(waiting)).hasMessageContaining("this node is stopping");
    }

    @Test
    void moreThanSixtyFourRequestsAtATimeAreRefusedAndTheOthersAnswered() throws Exception {
        PeerChannel asked = start("n0");
        Promise<Void> held = Promise.promise();
        asked.serve(request -> held.future().map(none -> request));
        PeerChannel asking = start("n1");
        List<Future<Buffer>> answers = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            answers.add(ask(asking, "q" + i));
        }
        assertThatThrownBy(() -> answer(ask(asking, "one more")))
                .hasMessageContaining("has 64 requests to answer already");
        held.complete();
        for (int i = 0; i < 64; i++) {
            assertThat(answer(answers.get(i))).isEqualTo("q" + i);
        }
    }

    @Test
    void aMemberThatDoesNotAnswerInTimeIsAskedOverAnotherConnection() throws Exception {
        PeerChannel asked = start("n0");
        PeerChannel asking = start("n1");
        asked.serve(request -> Promise.<Buffer>promise().future());
        Future<Buffer> late = asking.request("n0", Buffer.buffer("a"), 100);
        Future<Buffer> behind = asking.request("n0", Buffer.buffer("b"), TIMEOUT_MS);
        assertThatThrownBy(() -> answer(late))
                .isInstanceOf(IOException.class)
                .hasMessage("n0 (" + peers.get("n0") + ") did not answer within 100 ms");
        assertThatThrownBy(() -> answer(behind)).hasMessageContaining("did not answer");
        asked.serve(Future::succeededFuture);
        assertThat(answer(ask(asking, "c"))).isEqualTo("c");
    }

    @Test
    void whatCannotBeAskedSaysWhy() throws Exception {
        PeerChannel asking = start("n1");
        assertThatThrownBy(() -> answer(ask(asking, "a")))
                .isInstanceOf(IOException.class)
                .hasMessage("n0 (" + peers.get("n0") + ") cannot be reached (nobody listens there)");
        assertThatThrownBy(() -> answer(asking.request("n9", Buffer.buffer("a"), TIMEOUT_MS)))
                .hasMessage("n9 is not another member of group g");
        assertThatThrownBy(() -> answer(asking.request("n1", Buffer.buffer("a"), TIMEOUT_MS)))
                .hasMessage("n1 is not another member of group g");
        assertThatThrownBy(() -> answer(ask(asking, "x".repeat(PeerChannel.MAX_REQUEST_BYTES + 1))))
                .hasMessageContaining("more than " + PeerChannel.MAX_REQUEST_BYTES);
        assertThatThrownBy(() -> members.transport("n1").channel("gossip"))
                .hasMessageContaining("no channel \"gossip\"");
    }
}
