package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vledger.importer.agree.MemberFacts.LogFile;
import io.vledger.importer.agree.MemberFacts.State;
import io.vledger.importer.agree.MemberInspector.Inspection;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.StartForecast;
import io.vledger.importer.inspect.Survey;
import io.vledger.importer.manifest.ManifestBuilder;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.importer.manifest.PeerConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Decides for members whose directories can all be reached from here what their nodes would decide at their first start: the same
 * inspection, the same decision, the same base, and nothing is written.
 */
public final class OfflineAgreement {
    private static final long DEFAULT_SEGMENT_BYTES = 256L << 20;

    private final Map<String, Inspection> members = new LinkedHashMap<>();
    private final Map<String, OriginLocations> places = new LinkedHashMap<>();
    private final PeerQueries queries;

    /**
     * What the members would decide.
     *
     * @param surveys what each has, in the order given
     * @param verdict whether they would start, and what would happen
     */
    public record Outcome(List<Survey> surveys, StartForecast verdict) {}

    private OfflineAgreement(List<OriginLocations> members) throws IOException {
        Map<String, Peer> peers = new LinkedHashMap<>();
        for (OriginLocations at : members) {
            MemberFacts.Preferences preferences = preferences(at, members);
            Inspection inspection = new MemberInspector(at.name(), at, preferences, text -> {}).inspect();
            PeerQueryHandler queryHandler = new PeerQueryHandler(at.name(), "", preferences, OfflineAgreement::now);
            queryHandler.read(inspection.facts(), inspection.files());
            this.members.put(at.name(), inspection);
            places.put(at.name(), at);
            peers.put(at.name(), Peer.local(queryHandler));
        }
        queries = new PeerQueries(peers);
    }

    /**
     * Inspects and decides.
     *
     * @param members where each member's old broker kept its data, by different names
     * @throws IOException if files cannot be read
     */
    public static Outcome of(List<OriginLocations> members) throws IOException {
        return new OfflineAgreement(members).outcome();
    }

    private static Future<PeerMessage> now(java.util.concurrent.Callable<PeerMessage> work) {
        try {
            return Future.succeededFuture(work.call());
        } catch (Exception e) {
            return Future.failedFuture(e);
        }
    }

    /** The keys of a node's file that its decision depends on. */
    private static MemberFacts.Preferences preferences(OriginLocations at, List<OriginLocations> members) {
        Map<String, String> settings = at.settings();
        String source = settings.getOrDefault("legacySource", "");
        String named = members.stream()
                .filter(member -> !source.isEmpty() && member.node().equals(source))
                .map(OriginLocations::name)
                .findFirst()
                .orElse(source);
        return new MemberFacts.Preferences(
                named,
                false,
                number(settings, "mappedFileSizeCommitLog", DEFAULT_SEGMENT_BYTES),
                number(settings, "legacyAcceptDamage", -1));
    }

    private static long number(Map<String, String> settings, String key, long otherwise) {
        String text = settings.getOrDefault(key, "").trim();
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : otherwise;
    }

    private Outcome outcome() throws IOException {
        List<Survey> surveys = members.values().stream().map(Inspection::survey).toList();
        Decision decision = new DecisionLoop(queries)
                .decide(members.values().stream().map(Inspection::facts).toList(), comparison -> {});
        if (decision instanceof Decision.Stop stop) {
            return new Outcome(surveys, StartForecast.stop(stop.problems()));
        }
        if (decision instanceof Decision.Source source) {
            return new Outcome(surveys, source(source));
        }
        return new Outcome(
                surveys,
                StartForecast.go("", List.of("there are no messages of an old broker: the group starts empty"), 0));
    }

    private StartForecast source(Decision.Source decision) {
        Inspection source = inspection(decision.node());
        Map<String, PeerConfig> others = new TreeMap<>();
        List<LogFile> log = source.facts().log().files();
        members.forEach((name, member) -> {
            if (!name.equals(decision.node()) && member.facts().state() == State.OLD) {
                others.put(name, member.facts().comparedWith(log));
            }
        });
        OriginLocations at = Objects.requireNonNull(places.get(decision.node()), "every member has a place");
        try {
            OriginManifest manifest = new ManifestBuilder(
                            at.broker(),
                            decision.node(),
                            at,
                            source.facts().preferences().segmentBytes(),
                            text -> {})
                    .build(source.survey(), others, source.facts().log()::digest);
            List<String> steps = new ArrayList<>(decision.report());
            steps.add("new messages follow in files of the group's own, from position " + manifest.position()
                    + "; nothing before it is rewritten");
            return StartForecast.go(decision.node(), steps, copyBytes(source));
        } catch (IOException e) {
            return StartForecast.stop(List.of(decision.node() + ": " + e.getMessage()));
        }
    }

    private Inspection inspection(String name) {
        Inspection inspection = members.get(name);
        if (inspection == null) {
            throw new IllegalStateException(name + " was decided for and is no member");
        }
        return inspection;
    }

    /** Bytes of the files that the members would take from the source. */
    private long copyBytes(Inspection source) {
        long bytes = 0;
        for (Inspection member : members.values()) {
            Set<String> has = member.facts().log().files().stream()
                    .map(file -> file.position() + file.digest())
                    .collect(Collectors.toSet());
            bytes += source.facts().log().files().stream()
                    .filter(file -> !has.contains(file.position() + file.digest()))
                    .mapToLong(LogFile::counted)
                    .sum();
        }
        return bytes;
    }
}
