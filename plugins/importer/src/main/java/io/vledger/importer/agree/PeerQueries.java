package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vledger.importer.agree.Decision.Difference;
import io.vledger.importer.agree.Decision.FileComparison;
import io.vledger.importer.format.Damage.Range;
import io.vledger.importer.manifest.Digest;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What members ask each other, for a thread that waits for the answers. This node is asked like any other. */
final class PeerQueries {
    private static final int CHUNK_BYTES = Digest.CHUNK_BYTES;
    private static final Logger LOG = LoggerFactory.getLogger(PeerQueries.class);
    private static final long ORIGIN_PATIENCE_MS = 2_000;
    private static final long PATIENCE_MS = 300_000;
    /** Bound of facts and of a manifest: much more than configurations and file names come to. */
    private static final int MAX_PAGED_BYTES = 256 << 20;

    private final Map<String, Peer> members;

    /** Not made yet; says what the other is at. */
    static final class NotYet extends IOException {
        private static final long serialVersionUID = 1L;

        NotYet(String progress) {
            super(progress);
        }
    }

    /** @param members by node id, this node's own among them */
    PeerQueries(Map<String, Peer> members) {
        this.members = Map.copyOf(members);
    }

    /** Asks without waiting. */
    Future<PeerMessage> ask(String of, JsonObject question) {
        Peer peer = members.get(of);
        return peer == null
                ? Future.failedFuture(new IOException(of + " is no member of this group"))
                : peer.ask(question);
    }

    static <T> T await(Future<T> future) throws IOException {
        return await(future, PATIENCE_MS);
    }

    static <T> T await(Future<T> future, long patienceMs) throws IOException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(patienceMs, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause(), "a future fails with a cause");
            throw cause instanceof IOException io ? io : new IOException(String.valueOf(cause.getMessage()), cause);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + patienceMs + " ms", e);
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
            MemberFacts facts = MemberFactsJson.read(new JsonObject(paged(of, "facts")));
            if (!facts.node().equals(of)) {
                throw new IOException("the address of " + of + " is answered by " + facts.node()
                        + "; check the lists of peers (dLegerPeers) on both");
            }
            return facts;
        } catch (IllegalArgumentException | io.vertx.core.json.DecodeException e) {
            throw new IOException(of + " sent unreadable facts: " + e.getMessage(), e);
        }
    }

    /** Bytes of its manifest; throws {@link NotYet} if it has none yet. */
    byte[] manifest(String of) throws IOException {
        return paged(of, "base").getBytes();
    }

    private Buffer paged(String of, String what) throws IOException {
        Buffer all = Buffer.buffer();
        while (true) {
            PeerMessage page = await(ask(of, question(what).put("from", all.length())));
            String wait = page.header().getString("wait");
            if (wait != null) {
                throw new NotYet(wait);
            }
            long total = page.header().getLong("total", -1L);
            all.appendBuffer(page.body());
            if (total < all.length()
                    || total > MAX_PAGED_BYTES
                    || (total > all.length() && page.body().length() == 0)) {
                throw new IOException(of + " announced " + what + " of " + total + " bytes and sent " + all.length());
            }
            if (total == all.length()) {
                return all;
            }
        }
    }

    /** What members say of their old brokers; those that cannot be asked within two seconds are left out. */
    Map<String, OriginStatus> origins(Set<String> members) {
        Map<String, Future<PeerMessage>> asked = new TreeMap<>();
        members.forEach(member -> asked.put(member, ask(member, question("origin"))));
        Map<String, OriginStatus> answers = new TreeMap<>();
        asked.forEach((member, answer) -> {
            try {
                answers.put(
                        member,
                        OriginStatus.of(await(answer, ORIGIN_PATIENCE_MS).header()));
            } catch (IOException | IllegalArgumentException e) {
                LOG.debug("{} does not say whether its old broker ran again: {}", member, e.getMessage());
            }
        });
        return answers;
    }

    /** Position below which files have expired there. */
    long first(String of) throws IOException {
        Long first = await(ask(of, question("first"))).header().getLong("first");
        if (first == null) {
            throw new IOException(of + " does not say which old files it still has");
        }
        return first;
    }

    Future<PeerMessage> readLog(String of, long position, long from, int length) {
        return ask(
                of, question("read").put("position", position).put("from", from).put("length", length));
    }

    Future<PeerMessage> readIndex(String of, String name, long from, int length) {
        return ask(of, question("read").put("name", name).put("from", from).put("length", length));
    }

    /** Compares two members' copies of a file. */
    Difference compare(FileComparison comparison) throws IOException {
        JsonObject chunks =
                question("chunks").put("position", comparison.position()).put("length", comparison.length());
        Future<PeerMessage> ofA = ask(comparison.a(), chunks);
        Future<PeerMessage> ofB = ask(comparison.b(), chunks);
        Buffer a = await(ofA).body();
        Buffer b = await(ofB).body();
        for (int chunk = 0; (long) chunk * CHUNK_BYTES < comparison.length(); chunk++) {
            int at = chunk * Integer.BYTES;
            if (at + Integer.BYTES <= Math.min(a.length(), b.length()) && a.getInt(at) == b.getInt(at)) {
                continue;
            }
            long position = difference(comparison, (long) chunk * CHUNK_BYTES);
            if (position >= 0) {
                return described(comparison, position);
            }
        }
        return Difference.NONE;
    }

    /** Position of the first byte of a chunk that differs where both can be read; -1 if there is none. */
    private long difference(FileComparison comparison, long from) throws IOException {
        int length = (int) Math.min(CHUNK_BYTES, comparison.length() - from);
        Future<PeerMessage> ofA = readLog(comparison.a(), comparison.position(), from, length);
        Future<PeerMessage> ofB = readLog(comparison.b(), comparison.position(), from, length);
        Buffer a = await(ofA).body();
        Buffer b = await(ofB).body();
        if (a.length() != length || b.length() != length) {
            throw new IOException("the file at position " + comparison.position() + " became shorter on "
                    + comparison.a() + " or " + comparison.b() + "; is a broker running on it?");
        }
        long begin = comparison.position() + from;
        for (int i = 0; i < length; i++) {
            if (a.getByte(i) == b.getByte(i)) {
                continue;
            }
            long position = begin + i;
            long readable = comparison.unreadable().stream()
                    .filter(range -> range.from() <= position && position < range.to())
                    .mapToLong(Range::to)
                    .findFirst()
                    .orElse(position);
            if (readable == position) {
                return position;
            }
            i = (int) Math.min(length, readable - begin) - 1;
        }
        return -1;
    }

    private Difference described(FileComparison comparison, long position) throws IOException {
        JsonObject message = question("message").put("position", position);
        JsonObject ofA = await(ask(comparison.a(), message)).header();
        JsonObject ofB = await(ask(comparison.b(), message)).header();
        return new Difference(
                position, ofA.getString("text", ""), ofB.getString("text", ""), ofB.getLong("entry", -1L));
    }
}
