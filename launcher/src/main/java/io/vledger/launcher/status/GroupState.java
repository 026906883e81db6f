package io.vledger.launcher.status;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One group as all who answered see it together. What the leader of the highest term says of others counts most, then what
 * anyone says.
 */
public final class GroupState {
    private static final String LEADER = "LEADER";

    private final String name;
    private final ClusterSurvey survey;
    private final Map<String, JsonObject> views = new TreeMap<>();
    private final Map<String, String> httpAddresses = new TreeMap<>();
    private final TreeSet<String> members = new TreeSet<>();
    private final @Nullable JsonObject leading;

    /** How a group is; the exit code of the command is that of the worst. */
    public enum Verdict {
        /** Every member is there and follows. */
        GOOD(0),
        /** It serves, and something is not as it should be. */
        DEGRADED(1),
        /** It takes no writes. */
        NO_QUORUM(2);

        private final int exitCode;

        Verdict(int exitCode) {
            this.exitCode = exitCode;
        }

        /** The exit code. */
        public int exitCode() {
            return exitCode;
        }
    }

    /**
     * Puts a group together.
     *
     * @param expected members known from elsewhere, such as a configuration file, with their HTTP addresses or an empty string
     */
    public GroupState(String name, ClusterSurvey survey, Map<String, String> expected) {
        this.name = name;
        this.survey = survey;
        members.addAll(expected.keySet());
        expected.forEach((member, address) -> {
            if (!address.isEmpty()) {
                httpAddresses.put(member, address);
            }
        });
        for (NodeAnswer answer : survey.answers().values()) {
            for (Object group : answer.groups()) {
                if (group instanceof JsonObject shown && name.equals(shown.getString("group"))) {
                    views.put(answer.id(), shown);
                    httpAddresses.put(answer.id(), answer.address());
                    for (JsonObject member : MemberFields.of(shown)) {
                        members.add(member.getString("node"));
                        String address = member.getString("httpAddress", "");
                        if (!address.isEmpty()) {
                            httpAddresses.putIfAbsent(member.getString("node"), address);
                        }
                    }
                }
            }
        }
        this.leading = views.values().stream()
                .filter(view -> String.valueOf(view.getString("role")).startsWith(LEADER))
                .max((a, b) -> Long.compare(a.getLong("term", 0L), b.getLong("term", 0L)))
                .orElse(null);
    }

    /** The group's name. */
    public String name() {
        return name;
    }

    /** One row a member, by node id. */
    public List<MemberRow> rows() {
        return members.stream()
                .map(member -> {
                    JsonObject view = views.get(member);
                    return view == null ? unasked(member) : asked(member, view);
                })
                .toList();
    }

    private MemberRow asked(String member, JsonObject view) {
        String role = String.valueOf(view.getString("role"));
        String fault = view.getString("notReadyReason", "");
        boolean leads = leading != null && member.equals(leading.getString("node"));
        JsonObject seen = seenByLeader(member);
        String note = fault.isEmpty() ? "" : member + " is not ready: it " + fault;
        if (fault.isEmpty() && view.getValue("firstStart") != null) {
            fault = "waiting";
            note = member + " waits for the group's first start: " + view.getString("reason", "");
        }
        if (fault.isEmpty() && leads && Boolean.FALSE.equals(view.getBoolean("writable"))) {
            fault = "not writable";
            note = member + " takes no writes: " + view.getString("reason", "");
        } else if (fault.isEmpty() && seen != null && Boolean.FALSE.equals(seen.getBoolean("voter"))) {
            fault = "no voter";
            note = member + " is no voter yet: the group does not count on what it has stored";
        }
        return new MemberRow(
                member,
                role.toLowerCase(Locale.ROOT).replace('_', ' '),
                view.getLong("term", -1L),
                String.valueOf(view.getString("leader") == null ? "" : view.getString("leader")),
                leads ? 0 : seen == null ? view.getLong("lagBytes", -1L) : seen.getLong("lagBytes", -1L),
                view.getLong("lagEntries", -1L),
                view.getString("store", ""),
                view.getInteger("diskUsedPercent", -1),
                fault.isEmpty()
                        ? MemberRow.READY
                        : view.getString("notReadyReason", "").isEmpty() ? fault : "not ready",
                note);
    }

    private MemberRow unasked(String member) {
        List<String> connected = views.entrySet().stream()
                .filter(view -> isConnected(seen(view.getValue(), member)))
                .map(Map.Entry::getKey)
                .toList();
        boolean nobodyKnows = views.isEmpty() && !survey.silent().containsKey(httpAddresses.get(member));
        boolean down = connected.isEmpty() && !nobodyKnows;
        JsonObject seen = seenByLeader(member);
        // A leader that has not heard of a member since it leads knows nothing of it.
        long matchIndex = seen == null ? -1 : seen.getLong("matchIndex", -1L);
        long lagBytes = seen == null || matchIndex <= 0 ? -1 : seen.getLong("lagBytes", -1L);
        String note =
                member + " " + why(member) + (views.isEmpty() ? "" : down ? noConnection() : connection(connected));
        if (matchIndex > 0 && leading != null) {
            note += "; the leader knows it to have index " + matchIndex + " of " + leading.getLong("lastIndex", -1L);
        }
        return new MemberRow(
                member,
                down ? MemberRow.DOWN : MemberRow.UNASKED,
                -1,
                "",
                lagBytes,
                -1,
                "",
                -1,
                down ? MemberRow.DOWN : "not asked",
                note);
    }

    private String why(String member) {
        String address = httpAddresses.get(member);
        if (address == null) {
            return "has no HTTP address that is known here; name it with -conf, -c or --http";
        }
        String silent = survey.silent().get(address);
        return "(" + address + ") "
                + (silent == null ? "is not reached from here, its HTTP listens on its own machine only" : silent);
    }

    private String noConnection() {
        return ", and " + String.join(", ", views.keySet()) + (views.size() == 1 ? " has" : " have")
                + " no connection to it";
    }

    private static String connection(List<String> connected) {
        return ", but " + String.join(", ", connected) + (connected.size() == 1 ? " is" : " are")
                + " connected with it";
    }

    private @Nullable JsonObject seenByLeader(String member) {
        return leading == null ? null : seen(leading, member);
    }

    private static @Nullable JsonObject seen(JsonObject view, String member) {
        return MemberFields.of(view).stream()
                .filter(one -> member.equals(one.getString("node")))
                .findAny()
                .orElse(null);
    }

    private static boolean isConnected(@Nullable JsonObject seen) {
        return seen != null && Boolean.TRUE.equals(seen.getBoolean("connected"));
    }

    /** Voters that the leader is connected with, itself included; 0 without a leader. */
    private long votersUp() {
        return leading == null
                ? 0
                : MemberFields.of(leading).stream()
                        .filter(member -> Boolean.TRUE.equals(member.getBoolean("voter")) && isConnected(member))
                        .count();
    }

    private int majority() {
        return members.size() / 2 + 1;
    }

    /** How the group is. */
    public Verdict verdict() {
        boolean othersSayThereIsOne = leading == null && leaderByHearsay() != null;
        if (!othersSayThereIsOne && votersUp() < majority()) {
            return Verdict.NO_QUORUM;
        }
        return leading != null && rows().stream().allMatch(MemberRow::good) ? Verdict.GOOD : Verdict.DEGRADED;
    }

    /** A leader that could not be asked itself, but that members who could are connected with. */
    private @Nullable String leaderByHearsay() {
        for (JsonObject view : views.values()) {
            String leader = view.getString("leader");
            if (leader != null && isConnected(seen(view, leader))) {
                return leader;
            }
        }
        return null;
    }

    /** Whether all who answer say that the group has never started. */
    private boolean firstStart() {
        return !views.isEmpty() && views.values().stream().allMatch(view -> view.getValue("firstStart") != null);
    }

    /** Whether some member that answers has a memory that the group relies on; else every member is needed. */
    private boolean someoneIsTrusted() {
        return views.entrySet().stream().anyMatch(view -> {
            JsonObject self = seen(view.getValue(), view.getKey());
            return self != null && Boolean.TRUE.equals(self.getBoolean("voter"));
        });
    }

    private String noQuorum() {
        if (views.isEmpty()) {
            return "no member could be asked";
        }
        String answers = views.size() + (views.size() == 1 ? " answers" : " answer");
        List<String> silent =
                members.stream().filter(member -> !views.containsKey(member)).toList();
        String missing = silent.isEmpty() ? "" : "; missing: " + String.join(", ", silent);
        if (firstStart()) {
            return "FIRST START: all " + members.size() + " members are needed once, " + answers + missing;
        }
        if (!someoneIsTrusted()) {
            return "NO QUORUM: no member that answers has a memory that the group relies on, so all " + members.size()
                    + " are needed, " + answers + missing;
        }
        return "NO QUORUM: no leader that a majority follows; " + majority() + " of " + members.size()
                + " members are needed, " + answers + missing;
    }

    /** The group in one sentence. */
    public String summary() {
        String hearsay = leaderByHearsay();
        if (verdict() == Verdict.NO_QUORUM) {
            return noQuorum();
        }
        if (leading == null) {
            return hearsay + " leads, as others say";
        }
        long spare = votersUp() - majority();
        return leading.getString("node") + " leads in term " + leading.getLong("term") + "; " + votersUp() + " of "
                + members.size() + " members count; "
                + (spare == 0
                        ? "the loss of one more stops it"
                        : spare + (spare == 1 ? " more may" : " more may each") + " be lost");
    }

    /** What people should know beside the rows, one sentence each. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        rows().stream().map(MemberRow::note).filter(note -> !note.isEmpty()).forEach(notes::add);
        views.values().stream()
                .map(view -> view.getString("warning", ""))
                .filter(warning -> !warning.isEmpty())
                .findFirst()
                .ifPresent(notes::add);
        views.forEach((member, view) -> {
            if (view.getValue("problems") instanceof JsonArray problems) {
                problems.forEach(problem -> notes.add(member + " says: " + problem));
            }
        });
        return notes;
    }

    /** The same for programs. */
    public JsonObject toJson() {
        JsonArray list = new JsonArray();
        for (MemberRow row : rows()) {
            list.add(new JsonObject()
                    .put("node", row.node())
                    .put("role", row.role())
                    .put("term", row.term())
                    .put("leader", row.leader())
                    .put("lagBytes", row.lagBytes())
                    .put("lagEntries", row.lagEntries())
                    .put("store", row.store())
                    .put("diskUsedPercent", row.diskUsedPercent())
                    .put("health", row.health())
                    .put("httpAddress", httpAddresses.getOrDefault(row.node(), ""))
                    .put("note", row.note()));
        }
        return new JsonObject()
                .put("group", name)
                .put("verdict", verdict().name())
                .put("summary", summary())
                .put("leader", leading == null ? leaderByHearsay() : leading.getString("node"))
                .put("term", leading == null ? null : leading.getLong("term"))
                .put("members", list)
                .put("notes", new JsonArray(notes()));
    }
}
