package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vledger.importer.agree.MemberFacts.State;
import io.vledger.importer.manifest.OriginManifest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Answers what other members ask of one group, before and while it runs. Nothing in a question is trusted: files are found by
 * position or name among those that are known, and lengths are bounded. Safe for use by any thread; reads on the workers.
 */
final class PeerQueryHandler {
    private final String node;
    private final String group;
    private final MemberFacts.Preferences preferences;
    private final Workers workers;
    private volatile Shown shown;
    private volatile OriginStatus origin = OriginStatus.UNKNOWN;

    /** Where files are read. */
    @FunctionalInterface
    interface Workers {
        /** Runs what may wait for the disk. */
        Future<PeerMessage> run(Callable<PeerMessage> work);
    }

    /**
     * What can be asked for.
     *
     * @param facts as JSON
     * @param manifest bytes of the manifest; null as long as there is none
     */
    private record Shown(
            Buffer facts, State state, LocalFiles files, @Nullable Buffer manifest, String manifestProgress) {}

    PeerQueryHandler(String node, String group, MemberFacts.Preferences preferences, Workers workers) {
        this.node = node;
        this.group = group;
        this.preferences = preferences;
        this.workers = workers;
        this.shown = shown(MemberFacts.of(node, State.BUSY, "", preferences), LocalFiles.NONE, null);
    }

    private static Shown shown(MemberFacts facts, LocalFiles files, @Nullable Buffer manifest) {
        return new Shown(MemberFactsJson.write(facts).toBuffer(), facts.state(), files, manifest, "not begun");
    }

    /** This node has read what it has. */
    void read(MemberFacts facts, LocalFiles files) {
        shown = shown(facts, files, null);
    }

    /** This node is the source, and its manifest is made. */
    void made(byte[] manifest) {
        Shown now = shown;
        shown = new Shown(now.facts, now.state, now.files, Buffer.buffer(manifest), "");
    }

    /** What making the manifest is at, for the others. */
    void making(String progress) {
        Shown now = shown;
        shown = new Shown(now.facts, now.state, now.files, now.manifest, progress);
    }

    /** The group runs here, or is about to, and began with nothing. */
    void runsEmpty() {
        shown = shown(MemberFacts.of(node, State.RUNNING, "", preferences), LocalFiles.NONE, null);
    }

    /**
     * The group runs here, or is about to.
     *
     * @param directory its origin directory
     */
    void runs(String identity, OriginStorage.Ready ready, Path directory) throws IOException {
        TreeMap<Long, LocalFiles.LogFile> log = new TreeMap<>();
        for (OriginManifest.File file : ready.manifest().files()) {
            Path path = ready.placement().log().get(file.position());
            if (path != null) {
                log.put(file.position(), new LocalFiles.LogFile(path, file.position(), file.length(), file.framing()));
            }
        }
        Map<String, Path> index = new HashMap<>();
        for (Path path : ready.placement().keyFiles()) {
            String name = path.getFileName().toString();
            if (IndexFileName.valid(name)) {
                index.put(name, path);
            }
        }
        MemberFacts facts = MemberFacts.of(node, State.RUNNING, "", preferences)
                .running(identity, MemberInspector.indexFiles(index));
        shown = shown(facts, new LocalFiles(log, index, directory), Buffer.buffer(ready.json()));
    }

    /** What this node says of its old broker. */
    void origin(OriginStatus status) {
        origin = status;
    }

    /** What this node says of its old broker. */
    OriginStatus origin() {
        return origin;
    }

    /** Answers bytes with bytes; fails for what is no question of this group. */
    Future<Buffer> answer(Buffer request) {
        PeerMessage question;
        long id;
        try {
            question = PeerMessage.decode(request);
            id = question.header().getLong("id", 0L);
            String asked = question.header().getString("group", "");
            if (!asked.equals(group)) {
                return Future.succeededFuture(numbered(
                        PeerMessage.failure("this address is that of group " + group + ", not " + asked
                                + "; check the list of peers"),
                        id));
            }
        } catch (IllegalArgumentException | ClassCastException e) {
            return Future.failedFuture(new IOException("another member sent an unreadable request: " + e.getMessage()));
        }
        return ask(question.header()).map(answer -> numbered(answer, id));
    }

    private static Buffer numbered(PeerMessage answer, long id) {
        answer.header().put("id", id);
        return answer.encode();
    }

    /** Answers a question; what cannot be answered is an answer that says why. */
    Future<PeerMessage> ask(JsonObject question) {
        if ("origin".equals(question.getString("q", ""))) {
            return Future.succeededFuture(PeerMessage.of(origin.toJson()));
        }
        Shown now = shown;
        return workers.run(() -> answer(now, question)).recover(failure -> Future.succeededFuture(refused(failure)));
    }

    private PeerMessage refused(Throwable failure) {
        return failure instanceof NoSuchFileException
                ? PeerMessage.noSuchFile(node + ": the file " + failure.getMessage() + " is not there")
                : PeerMessage.failure(node + ": " + failure.getMessage());
    }

    private static PeerMessage answer(Shown now, JsonObject question) throws IOException {
        String what = question.getString("q", "");
        LocalFiles files = now.files;
        long position = question.getLong("position", -1L);
        long length = question.getLong("length", 0L);
        return switch (what) {
            case "facts" -> page(now.facts, question);
            case "base" ->
                now.manifest == null
                        ? PeerMessage.of(new JsonObject().put("wait", now.manifestProgress))
                        : page(now.manifest, question);
            case "read" -> read(files, question);
            case "first" -> PeerMessage.of(new JsonObject().put("first", files.first()));
            case "chunks" -> new PeerMessage(new JsonObject(), files.chunks(position, length));
            case "message" -> {
                LocalFiles.Found found = files.messageAt(position);
                yield PeerMessage.of(new JsonObject().put("text", found.text()).put("entry", found.entry()));
            }
            default ->
                throw new IOException("does not know the question '" + what
                        + "'; is a member of another version? Run one version on all of them");
        };
    }

    private static PeerMessage read(LocalFiles files, JsonObject question) throws IOException {
        int length = question.getInteger("length", 0);
        long from = question.getLong("from", 0L);
        String name = question.getString("name");
        return new PeerMessage(
                new JsonObject(),
                name == null
                        ? files.readLog(question.getLong("position", -1L), from, length)
                        : files.readIndex(name, from, length));
    }

    private static PeerMessage page(Buffer all, JsonObject question) throws IOException {
        long from = question.getLong("from", 0L);
        if (from < 0 || from > all.length()) {
            throw new IOException("there is no byte " + from + " in " + all.length());
        }
        int to = (int) Math.min(all.length(), from + PeerMessage.MAX_BODY_BYTES);
        return new PeerMessage(new JsonObject().put("total", all.length()), all.getBuffer((int) from, to));
    }
}
