package io.vledger.launcher.status;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.launcher.status.GroupState.Verdict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GroupStateTest {
    private static final Map<String, String> NOBODY = Map.of();

    private final Map<String, NodeAnswer> answers = new TreeMap<>();
    private final Map<String, String> silent = new LinkedHashMap<>();
    private final Map<String, Boolean> members = new TreeMap<>(Map.of("n0", true, "n1", true, "n2", true));

    @Test
    void allIsWell() {
        says("n0", "LEADER", 5, "n0");
        says("n1", "FOLLOWER", 5, "n0");
        says("n2", "FOLLOWER", 5, "n0");
        GroupState group = group(NOBODY);
        assertThat(group.verdict()).isEqualTo(Verdict.GOOD);
        assertThat(StatusTable.lines(group))
                .containsExactly(
                        "group g: n0 leads in term 5; 3 of 3 members count; 1 more may be lost",
                        "  NODE  ROLE      TERM  LEADER  LAG      STORE  DISK  HEALTH",
                        "  n0    leader    5     n0      0 B      mmap   12 %  ready",
                        "  n1    follower  5     n0      1.5 KiB  mmap   12 %  ready",
                        "  n2    follower  5     n0      1.5 KiB  mmap   12 %  ready");
    }

    @Test
    void aMemberThatIsDownIsShownByWhatTheLeaderKnows() {
        members.put("n2", false);
        says("n0", "LEADER", 5, "n0");
        says("n1", "FOLLOWER", 5, "n0");
        silent.put("h:82", "refuses connections");
        GroupState group = group(NOBODY);
        assertThat(group.verdict()).isEqualTo(Verdict.DEGRADED);
        assertThat(group.summary())
                .isEqualTo("n0 leads in term 5; 2 of 3 members count; the loss of one more stops it");
        MemberRow down = group.rows().get(2);
        assertThat(down.health()).isEqualTo("down");
        assertThat(down.lagBytes()).isEqualTo(1536);
        assertThat(group.notes())
                .containsExactly("n2 (h:82) refuses connections, and n0, n1 have no connection to it;"
                        + " the leader knows it to have index 90 of 100");
    }

    @Test
    void aMemberThatCannotBeAskedIsNotCalledDown() {
        says("n0", "LEADER", 5, "n0");
        says("n1", "FOLLOWER", 5, "n0");
        GroupState group = group(NOBODY);
        assertThat(group.rows().get(2).role()).isEqualTo("?");
        assertThat(group.rows().get(2).health()).isEqualTo("not asked");
        assertThat(group.notes()).hasSize(1).first().asString().contains("but n0, n1 are connected with it");
        assertThat(group.verdict()).isEqualTo(Verdict.DEGRADED);
    }

    @Test
    void twoOfThreeDownIsNoQuorum() {
        members.put("n1", false);
        members.put("n2", false);
        says("n0", "CANDIDATE", 6, null);
        GroupState group = group(NOBODY);
        assertThat(group.verdict()).isEqualTo(Verdict.NO_QUORUM);
        assertThat(group.summary())
                .startsWith("NO QUORUM")
                .endsWith("2 of 3 members are needed, 1 answers; missing: n1, n2");
        assertThat(group.rows()).extracting(MemberRow::health).containsExactly("not ready", "down", "down");
    }

    @Test
    void theFirstStartNeedsAllAndSaysWhoIsMissing() {
        members.put("n2", false);
        says("n0", "CANDIDATE", 0, null);
        says("n1", "RECOVERING", 0, null);
        JsonObject first = new JsonObject().put("waitedMs", 5).put("missing", new JsonArray().add("n2"));
        answers.values().forEach(answer -> answer.groups().getJsonObject(0).put("firstStart", first));
        GroupState group = group(NOBODY);
        assertThat(group.verdict()).isEqualTo(Verdict.NO_QUORUM);
        assertThat(group.summary()).isEqualTo("FIRST START: all 3 members are needed once, 2 answer; missing: n2");
    }

    @Test
    void aMemberThatIsCalledReadyWhileItWaitsForTheFirstStartIsShownAsWaiting() {
        says("n0", "CANDIDATE", 0, null);
        JsonObject group = requireNonNull(answers.get("n0")).groups().getJsonObject(0);
        group.put("notReadyReason", "")
                .put("firstStart", new JsonObject())
                .put("reason", "first start: waiting for n1 (h:1)");
        assertThat(group(NOBODY).rows().get(0).health()).isEqualTo("waiting");
        assertThat(group(NOBODY).notes())
                .contains("n0 waits for the group's first start: first start: waiting for n1 (h:1)");
    }

    @Test
    void whereNobodyIsReliedOnAllAreNeeded() {
        members.put("n2", false);
        says("n0", "RECOVERING", 6, null);
        says("n1", "RECOVERING", 6, null);
        answers.values().forEach(answer -> answer.groups().getJsonObject(0).getJsonArray("members").stream()
                .map(JsonObject.class::cast)
                .forEach(member -> member.put("voter", false)));
        assertThat(group(NOBODY).summary()).contains("so all 3 are needed, 2 answer; missing: n2");
    }

    @Test
    void listsOfMembersThatDifferAreShown() {
        says("n0", "LEADER", 5, "n0");
        requireNonNull(answers.get("n0")).groups().getJsonObject(0).put("problems", new JsonArray().add("n1 lists n3"));
        assertThat(group(NOBODY).notes()).contains("n0 says: n1 lists n3");
    }

    @Test
    void aLeaderThatHasLostTheOthersDoesNotCountAsOne() {
        members.put("n1", false);
        members.put("n2", false);
        says("n0", "LEADER", 5, "n0");
        assertThat(group(NOBODY).verdict()).isEqualTo(Verdict.NO_QUORUM);
    }

    @Test
    void ofTwoThatSayTheyLeadTheHigherTermCounts() {
        says("n0", "LEADER", 5, "n0");
        says("n1", "LEADER", 6, "n1");
        says("n2", "FOLLOWER", 6, "n1");
        assertThat(group(NOBODY).summary()).startsWith("n1 leads in term 6");
    }

    @Test
    void aLeaderThatOnlyOthersCanReachIsBelieved() {
        says("n1", "FOLLOWER", 5, "n0");
        says("n2", "FOLLOWER", 5, "n0");
        GroupState group = group(NOBODY);
        assertThat(group.verdict()).isEqualTo(Verdict.DEGRADED);
        assertThat(group.summary()).isEqualTo("n0 leads, as others say");
    }

    @Test
    void aMemberThatIsNotReadySaysWhy() {
        says("n0", "LEADER", 5, "n0");
        says("n1", "RECOVERING", 5, "n0");
        says("n2", "FOLLOWER", 5, "n0");
        GroupState group = group(NOBODY);
        assertThat(group.verdict()).isEqualTo(Verdict.DEGRADED);
        assertThat(group.rows().get(1).health()).isEqualTo("not ready");
        assertThat(group.notes()).containsExactly("n1 is not ready: it is RECOVERING");
    }

    @Test
    void aGroupOfTwoSaysWhatTheLossOfOneMeans() {
        members.remove("n2");
        says("n0", "LEADER", 5, "n0");
        says("n1", "FOLLOWER", 5, "n0");
        GroupState group = group(NOBODY);
        assertThat(group.verdict()).isEqualTo(Verdict.GOOD);
        assertThat(group.summary()).endsWith("the loss of one more stops it");
        assertThat(group.notes()).containsExactly("the loss of either node stops the group");
    }

    @Test
    void whereNobodyAnswersTheConfiguredMembersAreShownAndOnlyThoseAskedAreDown() {
        silent.put("h:80", "refuses connections");
        GroupState group = group(Map.of("n0", "h:80", "n1", ""));
        assertThat(group.verdict()).isEqualTo(Verdict.NO_QUORUM);
        assertThat(group.rows()).extracting(MemberRow::health).containsExactly("down", "not asked");
    }

    @Test
    void linesFitOnAHundredColumns() {
        says("n0", "LEADER", 5, "n0");
        silent.put("h:81", "breaks the connection off (something long that some library wrote about a socket)");
        silent.put("h:82", "cannot be connected to within 1 s");
        assertThat(StatusTable.lines(group(NOBODY))).allMatch(line -> line.length() <= 100, "100 columns");
    }

    @Test
    void bytesHaveThreeDigits() {
        assertThat(List.of(0L, 1023L, 1024L, 1536L, 102_400L, 1L << 20, 5L << 30, Long.MAX_VALUE / 10).stream()
                        .map(StatusTable::bytes))
                .containsExactly("0 B", "1023 B", "1.0 KiB", "1.5 KiB", "100 KiB", "1.0 MiB", "5.0 GiB", "819 PiB");
    }

    @Test
    void programsReceiveTheSame() {
        says("n0", "LEADER", 5, "n0");
        says("n1", "FOLLOWER", 5, "n0");
        says("n2", "FOLLOWER", 5, "n0");
        JsonObject shown = group(NOBODY).toJson();
        assertThat(shown.getString("verdict")).isEqualTo("GOOD");
        assertThat(shown.getJsonArray("members").getJsonObject(1).getLong("lagBytes"))
                .isEqualTo(1536);
    }

    private GroupState group(Map<String, String> expected) {
        ClusterSurvey survey = new ClusterSurvey(answers, silent);
        assertThat(survey.groupNames()).isEqualTo(answers.isEmpty() ? Set.of() : Set.of("g"));
        return new GroupState("g", survey, expected);
    }

    /** A node that answers; which members it is connected with is in {@link #members}. */
    private void says(String node, String role, long term, @Nullable String leader) {
        boolean good = role.equals("LEADER") || role.equals("FOLLOWER");
        boolean leads = role.equals("LEADER");
        JsonArray seen = new JsonArray();
        members.forEach((member, connected) -> seen.add(new JsonObject()
                .put("node", member)
                .put("httpAddress", "h:8" + member.substring(1))
                .put("connected", connected || member.equals(node))
                .put("voter", true)
                .put("matchIndex", leads ? 90 : -1)
                .put("lagBytes", leads ? 1536 : -1)));
        JsonObject group = new JsonObject()
                .put("group", "g")
                .put("node", node)
                .put("role", role)
                .put("term", term)
                .put("leader", leader)
                .put("lagEntries", 0)
                .put("lastIndex", 100)
                .put("store", "mmap")
                .put("diskUsedPercent", 12)
                .put("writable", leads)
                .put("notReadyReason", good ? "" : "is " + role)
                .put("warning", members.size() == 2 ? "the loss of either node stops the group" : "")
                .put("members", seen);
        answers.put(
                node,
                new NodeAnswer(
                        "h:8" + node.substring(1), new JsonObject().put("node", node), new JsonArray().add(group)));
    }
}
