package io.vledger.importer.exchange;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vledger.importer.base.Digest;
import io.vledger.importer.exchange.Decision.Difference;
import io.vledger.importer.exchange.Decision.FileComparison;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What members ask each other, for a thread that waits for the answers. This node is asked like any other. */
final class Questions {
    private static final int CHUNK_BYTES = Digest.CHUNK_BYTES;
    private static final long PATIENCE_MS = 300_000;
    /** Bound of facts and of a base: much more than configurations and file names come to. */
    private static final int MAX_PAGED_BYTES = 256 << 20;

    private final String node;
    private final Desk own;
    private final Map<String, PeerClient> others;

    /** Not made yet; says what the other is at. */
    static final class NotYet extends IOException {
        private static final long serialVersionUID = 1L;

        NotYet(String progress) {
            super(progress);
        }
    }

    Questions(String node, Desk own, Map<String, PeerClient> others) {
        this.node = node;
        this.own = own;
        this.others = Map.copyOf(others);
    }

    /** Asks without waiting. */
    Future<Packet> ask(String of, JsonObject question) {
        if (of.equals(node)) {
            return own.ask(question).compose(answer -> {
                IOException failure = answer.failure();
                return failure == null ? Future.succeededFuture(answer) : Future.failedFuture(failure);
            });
        }
        PeerClient client = others.get(of);
        return client == null
                ? Future.failedFuture(new IOException(of + " is no member of this group"))
                : client.ask(question);
    }

    static <T> T await(Future<T> future) throws IOException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw cause instanceof IOException io ? io : new IOException(String.valueOf(cause.getMessage()), cause);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + PATIENCE_MS + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("this node is stopping", e);
        }
    }

    private static JsonObject question(String what) {
        return new JsonObject().put("q", what);
    }

    MemberFacts facts(String of) throws IOException {
        try {
            MemberFacts facts = MemberFacts.of(new JsonObject(paged(of, "facts")));
            if (!facts.node().equals(of)) {
                throw new IOException("the address of " + of + " is answered by " + facts.node()
                        + "; check the lists of peers (dLegerPeers) on both");
            }
            return facts;
        } catch (IllegalArgumentException | io.vertx.core.json.DecodeException e) {
            throw new IOException(of + " told what cannot be read: " + e.getMessage(), e);
        }
    }

    /** Bytes of its base; throws {@link NotYet} if it has none yet. */
    byte[] base(String of) throws IOException {
        return paged(of, "base").getBytes();
    }

    private Buffer paged(String of, String what) throws IOException {
        Buffer all = Buffer.buffer();
        while (true) {
            Packet page = await(ask(of, question(what).put("from", all.length())));
            String wait = page.header().getString("wait");
            if (wait != null) {
                throw new NotYet(wait);
            }
            long total = page.header().getLong("total", -1L);
            all.appendBuffer(page.body());
            if (total < all.length()
                    || total > MAX_PAGED_BYTES
                    || (total > all.length() && page.body().length() == 0)) {
                throw new IOException(of + " told " + what + " of " + total + " bytes and sent " + all.length());
            }
            if (total == all.length()) {
                return all;
            }
        }
    }

    /** Position below which files have expired there. */
    long first(String of) throws IOException {
        Long first = await(ask(of, question("first"))).header().getLong("first");
        if (first == null) {
            throw new IOException(of + " does not say which old files it still has");
        }
        return first;
    }

    Future<Packet> readLog(String of, long position, long from, int length) {
        return ask(
                of, question("read").put("position", position).put("from", from).put("length", length));
    }

    Future<Packet> readIndex(String of, String name, long from, int length) {
        return ask(of, question("read").put("name", name).put("from", from).put("length", length));
    }

    /** Compares two members' copies of a file. */
    Difference look(FileComparison comparison) throws IOException {
        JsonObject chunks =
                question("chunks").put("position", comparison.position()).put("length", comparison.length());
        Future<Packet> ofA = ask(comparison.a(), chunks);
        Future<Packet> ofB = ask(comparison.b(), chunks);
        int chunk = firstDifference(await(ofA).body(), await(ofB).body()) / Integer.BYTES;
        if ((long) chunk * CHUNK_BYTES >= comparison.length()) {
            return Difference.SAME;
        }
        long from = (long) chunk * CHUNK_BYTES;
        int length = (int) Math.min(CHUNK_BYTES, comparison.length() - from);
        Buffer a = await(readLog(comparison.a(), comparison.position(), from, length))
                .body();
        Buffer b = await(readLog(comparison.b(), comparison.position(), from, length))
                .body();
        int at = firstDifference(a, b);
        if (at >= length) {
            return Difference.SAME;
        }
        long difference = comparison.position() + from + at;
        JsonObject message = question("message").put("position", difference);
        JsonObject ofMessageA = await(ask(comparison.a(), message)).header();
        JsonObject ofMessageB = await(ask(comparison.b(), message)).header();
        return new Difference(
                difference,
                fault(comparison.a(), comparison),
                fault(comparison.b(), comparison),
                ofMessageA.getString("text", ""),
                ofMessageB.getString("text", ""),
                ofMessageB.getLong("entry", -1L));
    }

    private String fault(String of, FileComparison comparison) throws IOException {
        return await(ask(
                        of,
                        question("verify")
                                .put("position", comparison.position())
                                .put("length", comparison.length())))
                .header()
                .getString("fault", "");
    }

    /** Index of the first byte that differs; the length of the longer if none does. */
    private static int firstDifference(Buffer a, Buffer b) {
        int both = Math.min(a.length(), b.length());
        for (int i = 0; i < both; i++) {
            if (a.getByte(i) != b.getByte(i)) {
                return i;
            }
        }
        return a.length() == b.length() ? Integer.MAX_VALUE : both;
    }
}
