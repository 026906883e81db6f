package io.vledger.raft.driver;

import io.vledger.api.group.GroupStatus;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.Tally;
import io.vledger.raft.Effects;
import io.vledger.raft.Raft;
import io.vledger.raft.Violation;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts refused messages of other members, logs them once a minute, and explains them in the member's status. Loop only. */
final class PeerRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(PeerRefusals.class);
    private static final long LOG_INTERVAL_MS = 60_000;
    private static final long LASTS_MS = 5_000;

    private final String group;
    /** Complete from the beginning: only the tallies change. */
    private final Map<Violation, Tally> counts = new EnumMap<>(Violation.class);

    private final Map<String, Long> loggedMs = new HashMap<>();
    private String conflict = "";
    private long conflictMs;

    PeerRefusals(String group) {
        this.group = group;
        for (Violation each : Violation.values()) {
            counts.put(each, new Tally());
        }
    }

    /** Collects how many were refused, by reason. Any thread. */
    void collect(GroupStatus status, String cluster, MetricSink sink) {
        counts.forEach((why, tally) -> {
            Map<String, String> labels = ReplicaMeter.labels(status, cluster);
            labels.put("reason", why.name().toLowerCase(Locale.ROOT));
            sink.counter(
                    "rocketmq_raft_refused_messages_total",
                    "Peer messages refused because no correct member sends them",
                    labels,
                    tally.get());
        });
    }

    /** Counts a frame that could not be decoded; who received it logs it. */
    void frame() {
        Objects.requireNonNull(counts.get(Violation.MALFORMED)).increment();
    }

    /** Records one.
     *
     * @return whether the connection it came over is to be closed
     */
    boolean note(Effects.Refused refused, long nowMs) {
        Tally tally = counts.get(refused.why());
        if (tally != null) {
            tally.increment();
        }
        String text = text(refused);
        Long before = loggedMs.get(refused.from() + refused.why());
        if (before == null || nowMs - before >= LOG_INTERVAL_MS) {
            loggedMs.put(refused.from() + refused.why(), nowMs);
            LOG.error("{}: {}", group, text);
        }
        boolean conflicting =
                refused.why() == Violation.LACKS_COMMITTED || refused.why() == Violation.COMMITTED_ELSEWHERE;
        if (conflicting) {
            conflict = text;
            conflictMs = nowMs;
        }
        return !conflicting;
    }

    /** What keeps this member from following or leading; empty if nothing does. */
    String reason(Raft raft, long nowMs) {
        return !raft.disputes().isEmpty() || (!conflict.isEmpty() && nowMs - conflictMs < LASTS_MS) ? conflict : "";
    }

    private static String text(Effects.Refused refused) {
        String from = refused.from();
        return switch (refused.why()) {
            case MALFORMED -> "a message of " + from + " has numbers that no member sends; it is refused";
            case UNREADABLE ->
                from
                        + " leads with an entry or a snapshot that this version cannot read; it is refused, and this member lags."
                        + " If that node runs a later version, run it here too";
            case CONTRADICTS ->
                from
                        + " leads the term of an entry that contradicts what is applied here; nothing more of it is taken in that term";
            case SECOND_LEADER ->
                from + " claims to lead a term that has another leader; it is refused. Is there a second process with a"
                        + " member's id?";
            case LACKS_COMMITTED ->
                from
                        + " leads without an entry that is committed here, so the disk of a majority went back in time; this"
                        + " member does not follow it. Keep the directories of all members; decide which members have the"
                        + " messages to keep, stop the others and start them again with empty directories";
            case COMMITTED_ELSEWHERE ->
                from
                        + " holds an entry as committed that this member lacks, so the disk of a majority went back in time;"
                        + " this member does not lead while " + from + " is connected. Keep the directories of all"
                        + " members; decide which members have the messages to keep, stop the others and start them"
                        + " again with empty directories";
        };
    }
}
