package io.vledger.importer.inspect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.importer.format.QueueExtent;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an upgrade check says, for people and for programs.
 *
 * @param members each member's survey
 * @param verdict the outcome
 * @param scannedBytes bytes of logs that were read
 * @param millis how long that took
 */
public record UpgradeReport(List<Survey> members, StartForecast verdict, long scannedBytes, long millis) {
    private static final double MIB = 1 << 20;

    /** Prints it for a person. */
    public void print(PrintWriter out) {
        members.forEach(member -> print(member, out));
        out.printf(
                Locale.ROOT,
                "read %.1f MiB of logs in %.1f s%s%n",
                scannedBytes / MIB,
                millis / 1000.0,
                rate() > 0 ? String.format(Locale.ROOT, " (%.0f MiB/s)", rate()) : "");
        if (verdict.go()) {
            out.println("GO: what would happen");
            verdict.steps().forEach(step -> out.println("  - " + step));
            if (verdict.copyBytes() > 0) {
                out.printf(
                        Locale.ROOT,
                        "  %.1f MiB to copy between members; free that much where they go%n",
                        verdict.copyBytes() / MIB);
            }
        } else {
            out.println("NO-GO: nothing would be touched");
            verdict.obstacles().forEach(obstacle -> out.println("  ! " + obstacle));
        }
        out.flush();
    }

    private double rate() {
        return millis == 0 ? 0 : scannedBytes / MIB / (millis / 1000.0);
    }

    private static void print(Survey member, PrintWriter out) {
        out.println(member.at().name() + ": " + words(member.kind()) + " at "
                + member.at().root());
        if (member.kind() == Survey.Kind.EMPTY && member.config().topics().isEmpty()) {
            return;
        }
        printLog(out, "commit log", member.logs().classic());
        printLog(out, "DLedger data", member.logs().dledger());
        Survey.Vote vote = member.logs().vote();
        if (vote != null) {
            out.println("  term " + vote.term() + ", committed up to entry " + vote.committedIndex());
        }
        out.println("  stopped " + (member.cleanStop() ? "in order" : "without notice") + "; " + member.messages()
                + " messages in " + member.queues().size() + " queues; "
                + member.config().topics().size() + " topics, "
                + member.config().groups().size() + " groups");
        lastOffsets(member).forEach((topic, text) -> out.println("    topic " + topic + ": " + text));
        member.config()
                .offsets()
                .forEach((group, offsets) -> out.println("    group " + group + ": " + progress(member, offsets)));
        member.undelivered().pending().forEach((what, count) -> out.println("  pending: " + count + " " + what));
        member.notes().forEach(note -> out.println("  note: " + note));
    }

    private static void printLog(PrintWriter out, String what, @Nullable LogFacts log) {
        if (log != null) {
            out.println("  " + what + ": " + log.files() + " files of " + log.fileBytes() + " bytes, positions "
                    + log.first() + " to " + log.end());
        }
    }

    private static String words(Survey.Kind kind) {
        return switch (kind) {
            case EMPTY -> "nothing of an old broker";
            case CLASSIC -> "a classic broker";
            case DLEDGER -> "a member of a DLedger group";
            case DLEDGER_AFTER_CLASSIC -> "a member of a DLedger group with an older commit log";
        };
    }

    private static SortedMap<String, String> lastOffsets(Survey member) {
        SortedMap<String, String> text = new TreeMap<>();
        member.queues()
                .forEach((queue, extent) -> text.merge(
                        queue.topic(),
                        "queue " + queue.queue() + " " + extent.min() + ".." + extent.max(),
                        (a, b) -> a + ", " + b));
        return text;
    }

    private static String progress(Survey member, SortedMap<QueueId, Long> offsets) {
        StringBuilder text = new StringBuilder();
        offsets.forEach((queue, offset) -> {
            QueueExtent extent = member.queues().getOrDefault(queue, new QueueExtent(0, 0));
            text.append(text.isEmpty() ? "" : ", ")
                    .append(queue.topic())
                    .append('/')
                    .append(queue.queue())
                    .append(" at ")
                    .append(offset)
                    .append(" of ")
                    .append(extent.max());
        });
        return text.toString();
    }

    /** The same for a program. */
    public JsonObject toJson() {
        JsonArray list = new JsonArray();
        members.forEach(member -> list.add(json(member)));
        return new JsonObject()
                .put("go", verdict.go())
                .put("source", verdict.source())
                .put("steps", new JsonArray(verdict.steps()))
                .put("obstacles", new JsonArray(verdict.obstacles()))
                .put("copyBytes", verdict.copyBytes())
                .put("scannedBytes", scannedBytes)
                .put("millis", millis)
                .put("members", list);
    }

    private static JsonObject json(Survey member) {
        JsonObject topics = new JsonObject();
        member.queues().forEach((queue, extent) -> nested(topics, queue.topic())
                .put(
                        String.valueOf(queue.queue()),
                        new JsonObject().put("min", extent.min()).put("max", extent.max())));
        JsonObject groups = new JsonObject();
        member.config().groups().forEach(group -> nested(groups, group));
        member.config()
                .offsets()
                .forEach((group, offsets) -> offsets.forEach((queue, offset) ->
                        nested(nested(groups, group), queue.topic()).put(String.valueOf(queue.queue()), offset)));
        JsonObject pending = new JsonObject();
        for (Map.Entry<String, String> entry : member.undelivered().pending().entrySet()) {
            pending.put(entry.getKey(), Long.parseLong(entry.getValue()));
        }
        JsonObject json = new JsonObject()
                .put("name", member.at().name())
                .put("root", member.at().root().toString())
                .put("kind", member.kind().name())
                .put("cleanStop", member.cleanStop())
                .put("messages", member.messages())
                .put("commitLog", json(member.logs().classic()))
                .put("dledger", json(member.logs().dledger()))
                .put("topics", topics)
                .put("groups", groups)
                .put("pending", pending)
                .put("refusals", new JsonArray(member.faults()))
                .put("notes", new JsonArray(member.notes()));
        Survey.Vote vote = member.logs().vote();
        return vote == null ? json : json.put("term", vote.term()).put("committedIndex", vote.committedIndex());
    }

    private static @Nullable JsonObject json(@Nullable LogFacts log) {
        return log == null
                ? null
                : new JsonObject()
                        .put("directory", log.directory().toString())
                        .put("files", log.files())
                        .put("fileBytes", log.fileBytes())
                        .put("first", log.first())
                        .put("end", log.end())
                        .put("strayBytes", log.walk().strayBytes())
                        .put("ended", log.walk().why());
    }

    private static JsonObject nested(JsonObject parent, String key) {
        JsonObject child = parent.getJsonObject(key);
        if (child == null) {
            child = new JsonObject();
            parent.put(key, child);
        }
        return child;
    }
}
