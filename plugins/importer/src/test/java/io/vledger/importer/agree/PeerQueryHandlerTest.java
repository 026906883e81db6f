package io.vledger.importer.agree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vledger.importer.agree.MemberFacts.State;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class PeerQueryHandlerTest {
    private final PeerQueryHandler handler = new PeerQueryHandler(
            "n0", "g", new MemberFacts.Preferences("", false, 1 << 20, -1), PeerQueryHandlerTest::now);

    private static Future<PeerMessage> now(Callable<PeerMessage> work) {
        try {
            return Future.succeededFuture(work.call());
        } catch (Exception e) {
            return Future.failedFuture(e);
        }
    }

    private PeerMessage ask(JsonObject question) {
        return PeerMessage.decode(
                handler.answer(PeerMessage.of(question).encode()).result());
    }

    private static JsonObject question(String what) {
        return new JsonObject().put("id", 7).put("group", "g").put("q", what);
    }

    @Test
    void bytesThatAreNoQuestionAreNotAnswered() {
        List<Buffer> wrong = List.of(
                Buffer.buffer(),
                Buffer.buffer("abc"),
                Buffer.buffer().appendInt(4).appendString("{{{{"),
                Buffer.buffer().appendInt(4).appendString("null"),
                Buffer.buffer().appendInt(1 << 30).appendString("{}"),
                Buffer.buffer().appendInt(-1).appendString("{}"),
                PeerMessage.of(new JsonObject().put("id", "seven")).encode());
        for (Buffer bytes : wrong) {
            Future<Buffer> answer = handler.answer(bytes);
            assertThat(answer.cause())
                    .as(bytes.toString())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("unreadable request");
        }
    }

    @Test
    void anAnswerHasTheNumberOfItsQuestion() {
        PeerMessage facts = ask(question("facts").put("from", 0));
        assertThat(facts.header().getLong("id")).isEqualTo(7);
        assertThat(MemberFactsJson.read(new JsonObject(facts.body())).state()).isEqualTo(State.BUSY);
    }

    @Test
    void whatCannotBeAnsweredIsAnAnswerThatSaysWhy() {
        assertThatThrownBy(() -> {
                    throw ask(question("facts").put("group", "h")).failure();
                })
                .hasMessageContaining("this address is that of group g, not h");
        assertThatThrownBy(() -> {
                    throw ask(question("news")).failure();
                })
                .hasMessageContaining("does not know the question 'news'");
        assertThatThrownBy(() -> {
                    throw ask(question("read").put("position", "far")).failure();
                })
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> {
                    throw ask(question("facts").put("from", -1)).failure();
                })
                .hasMessageContaining("there is no byte -1");
    }
}
