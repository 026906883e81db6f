package io.vledger.importer.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.origin.InitialState.OriginProgress;
import io.vledger.api.origin.InitialState.OriginRun;
import io.vledger.importer.OldStore;
import io.vledger.importer.manifest.ManifestBuilder;
import io.vledger.importer.manifest.OriginManifest;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an old broker had still to deliver is found in its own topics, in the records that a 5.5.0 broker writes. */
class UndeliveredScanTest {
    private static final String REVIVE = "rmq_sys_REVIVE_LOG_DefaultCluster";
    private static final String TIMERS = "rmq_sys_wheel_timer";
    private static final long DELIVERED_MS = 1_795_764_250_000L;
    private static final String LATER = String.valueOf(DELIVERED_MS + 60_000);
    private static final String EARLIER = String.valueOf(DELIVERED_MS - 60_000);
    private static final String CHECKPOINT =
            "{\"bm\":%d,\"bn\":\"old-a\",\"c\":\"g\",\"d\":[0,1,2,3,4,5],\"it\":60000,\"n\":6,\"pt\":%d,\"q\":0,"
                    + "\"reviveTime\":1795764306703,\"ro\":0,\"so\":%d,\"sp\":false,\"t\":\"%s\"}";
    private static final String ACKNOWLEDGEMENT =
            "{\"ao\":%d,\"bn\":\"old-a\",\"c\":\"g\",\"pt\":7,\"q\":0,\"so\":0,\"t\":\"P\"}";

    @TempDir
    Path root;

    private OldStore old;

    @BeforeEach
    void aStoreWithATopicThatIsConsumedByPop() throws IOException {
        old = OldStore.classic(root, 0);
        for (int i = 0; i < 10; i++) {
            old.add("P", 0, "p" + i);
        }
        old.config(
                "topics.json", "{\"topicConfigTable\":{\"P\":{\"readQueueNums\":1,\"writeQueueNums\":1,\"perm\":6}}}");
        old.config("subscriptionGroup.json", "{\"subscriptionGroupTable\":{\"g\":{\"groupName\":\"g\"}}}");
        old.config(
                "consumerOffset.json",
                "{\"offsetTable\":{\"P@g\":{0:7},\"" + REVIVE + "@CID_RMQ_SYS_REVIVE_GROUP\":{1:1}}}");
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(root.resolve("config/timercheck")))) {
            out.writeLong(DELIVERED_MS);
            out.write(new byte[48]);
        }
    }

    private static String checkpoint(int acknowledged, long popTime, long start, String topic) {
        return CHECKPOINT.formatted(acknowledged, popTime, start, topic);
    }

    private void record(String tag, String body) throws IOException {
        old.add(TIMERS, 0, body, Map.of("TAGS", tag, "TIMER_OUT_MS", LATER, "REAL_TOPIC", REVIVE, "REAL_QID", "1"));
    }

    private Survey survey(String... accepted) {
        Map<String, String> settings = new HashMap<>(Map.of("storePathRootDir", root.toString()));
        settings.put("legacyAccept", String.join(",", accepted));
        return new Surveyor(OriginLocations.of("n0", settings), -1).survey();
    }

    private static List<Long> unacknowledged(Survey survey, String topic) {
        var ofGroup = survey.undelivered().inFlight().get("g");
        return ofGroup == null || !ofGroup.containsKey(new QueueId(topic, 0))
                ? List.of()
                : List.copyOf(ofGroup.get(new QueueId(topic, 0)));
    }

    @Test
    void whatWasNotAcknowledgedIsTheCheckpointLessItsAcknowledgements() throws IOException {
        record("ck", checkpoint(0, 7, 0, "P"));
        record("ack", ACKNOWLEDGEMENT.formatted(0));
        record("ack", ACKNOWLEDGEMENT.formatted(2));
        record("bAck", "{\"aol\":[4,5],\"bn\":\"old-a\",\"c\":\"g\",\"pt\":7,\"q\":0,\"so\":0,\"t\":\"P\"}");
        Survey survey = survey();
        assertThat(unacknowledged(survey, "P")).containsExactly(1L, 3L);
        assertThat(survey.refusals()).isEmpty();
        assertThat(survey.notes()).anyMatch(note -> note.contains("POP group g had 2 messages of queue 0 of P"));
    }

    @Test
    void aPopGroupIsSetBackToTheFirstMessageThatItDidNotAcknowledge() throws IOException {
        record("ck", checkpoint(0, 7, 0, "P"));
        record("ack", ACKNOWLEDGEMENT.formatted(0));
        record("ack", ACKNOWLEDGEMENT.formatted(2));
        OriginLocations at = OriginLocations.of("n0", Map.of("storePathRootDir", root.toString()));
        OriginManifest manifest = new ManifestBuilder("b", "n0", at, 1 << 20, text -> {})
                .build(survey(), Map.of(), ManifestBuilder.KnownDigests.NONE);
        assertThat(manifest.state().progress())
                .as("it stood at 7, since what is handed out counts as consumed")
                .contains(new OriginProgress("g", "P", List.of(1L)));
        assertThat(manifest.notes()).anyMatch(note -> note.contains("continues at queue offset 1"));
    }

    @Test
    void aCheckpointKnowsWhatWasAcknowledgedWhileItWasInMemory() throws IOException {
        record("ck", checkpoint(0b011110, 7, 0, "P"));
        assertThat(unacknowledged(survey(), "P")).containsExactly(0L, 5L);
    }

    @Test
    void recordsThatTheBrokerHasWorkedOffAreSettled() throws IOException {
        old.add(REVIVE, 1, checkpoint(0, 5, 0, "P"), Map.of("TAGS", "ck"));
        assertThat(unacknowledged(survey(), "P")).isEmpty();
        old.add(REVIVE, 1, checkpoint(0, 6, 1, "P"), Map.of("TAGS", "ck"));
        assertThat(unacknowledged(survey(), "P")).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void aRecordOfADeletedTopicIsNobodysBusiness() throws IOException {
        record("ck", checkpoint(0, 7, 0, "gone"));
        assertThat(survey().undelivered().inFlight()).isEmpty();
    }

    @Test
    void recordsThatCannotBeReadAreRefused() throws IOException {
        record("ck", "{\"so\":");
        assertThat(survey().refusals()).singleElement().asString().contains("1 records", "legacyAccept=pop");
        assertThat(survey("pop").refusals()).isEmpty();
    }

    @Test
    void messagesInAPopRetryTopicAreTakenOverForThoseThatPop() throws IOException {
        for (String topic : List.of("%RETRY%g_P", "%RETRY%g+P")) {
            old.add(topic, 0, "again");
            assertThat(survey().notes())
                    .anyMatch(text -> text.contains("1 messages in the POP retry topic " + topic + " of group g"));
        }
        assertThat(survey().refusals()).isEmpty();
        old.config("consumerOffset.json", "{\"offsetTable\":{\"%RETRY%g_P@g\":{0:1},\"%RETRY%g+P@g\":{0:1}}}");
        assertThat(survey().notes()).noneMatch(text -> text.contains("POP retry topic"));
        record("ck", checkpoint(0, 7, 0, "%RETRY%g_P"));
        assertThat(survey().notes())
                .as("handed out and not acknowledged")
                .anyMatch(text -> text.contains("POP retry topic %RETRY%g_P of group g"));
    }

    @Test
    void anOrdinaryRetryTopicIsNoneOfPop() throws IOException {
        old.config(
                "subscriptionGroup.json",
                "{\"subscriptionGroupTable\":{\"g\":{\"groupName\":\"g\"},\"g_P\":{\"groupName\":\"g_P\"}}}");
        old.add("%RETRY%g_P", 0, "again").add("%RETRY%g", 0, "again");
        assertThat(survey().refusals()).isEmpty();
    }

    @Test
    void messagesThatWaitForTheirTimeAreKnownByTheirPlace() throws IOException {
        Map<String, String> timer = Map.of("REAL_TOPIC", "P", "REAL_QID", "0", "TIMER_OUT_MS", LATER);
        for (String key : List.of("k1", "k2", "k2 again", "k3", "k1")) {
            Map<String, String> properties = new HashMap<>(timer);
            properties.put("UNIQ_KEY", key.substring(0, 2));
            if (key.endsWith("again")) {
                properties.put("TIMER_ROLL_TIMES", "1");
            }
            old.add(TIMERS, 0, "k2 went on in the wheel, k1 was sent twice", properties);
        }
        Map<String, String> recall = new HashMap<>(timer);
        recall.put("TIMER_DEL_UNIQKEY", "k3");
        old.add(TIMERS, 0, "", recall);
        Map<String, String> delivered = new HashMap<>(timer);
        delivered.put("TIMER_OUT_MS", EARLIER);
        old.add(TIMERS, 0, "delivered", delivered);
        Map<String, String> recallOfAnotherTime = new HashMap<>(delivered);
        recallOfAnotherTime.put("TIMER_DEL_UNIQKEY", "P+k2");
        old.add(TIMERS, 0, "", recallOfAnotherTime);
        Survey survey = survey();
        assertThat(survey.refusals()).isEmpty();
        assertThat(survey.findings())
                .anySatisfy(finding -> assertThat(finding.text()).contains("3 messages wait", "{P=3}"));
        assertThat(survey.undelivered().pending()).containsEntry("timer messages not due yet", "3");
        assertThat(survey.undelivered().timers())
                .containsExactly(new OriginRun(0, 1), new OriginRun(2, 1), new OriginRun(4, 1));
    }
}
