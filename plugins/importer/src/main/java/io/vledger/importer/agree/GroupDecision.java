package io.vledger.importer.agree;

import io.vledger.api.origin.FirstStart;
import io.vledger.importer.agree.Decision.FileComparison;
import io.vledger.importer.agree.MemberFacts.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Asks the other members for their facts until all have answered, or one already runs the group, and decides by them what the group
 * continues from. {@link #reach} blocks its thread; {@link #firstStart} is for any thread.
 */
final class GroupDecision {
    private final String node;
    private final Collection<String> members;
    private final PeerQueries queries;
    private final PreparationProgress progress;
    /** Members that could not be asked when it was last tried, while nothing can proceed without them. */
    private volatile List<String> missing = List.of();
    /** When the first of {@link #missing} began to be missing. */
    private volatile long missingSinceNanos;

    /**
     * What was decided.
     *
     * @param known facts of the members that were asked, by node
     */
    record Reached(Decision decision, Map<String, MemberFacts> known) {}

    /** @param members all members of the group, this node among them */
    GroupDecision(String node, Collection<String> members, PeerQueries queries, PreparationProgress progress) {
        this.node = node;
        this.members = members;
        this.queries = queries;
        this.progress = progress;
    }

    /** The members that the first start waits for; null if it waits for none. */
    @Nullable
    FirstStart firstStart() {
        List<String> now = missing;
        return now.isEmpty()
                ? null
                : new FirstStart(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - missingSinceNanos), now);
    }

    private void missing(List<String> nodes) {
        if (missing.isEmpty()) {
            missingSinceNanos = System.nanoTime();
        }
        missing = List.copyOf(nodes);
    }

    /**
     * Decides; never asks for a comparison.
     *
     * @param own this node's facts
     * @throws IOException if this node is stopping
     */
    Reached reach(MemberFacts own) throws IOException {
        Map<String, MemberFacts> known = new HashMap<>(Map.of(node, own));
        DecisionLoop decisions = new DecisionLoop(queries);
        while (true) {
            List<String> waiting = askAll(known);
            boolean running = known.values().stream().anyMatch(member -> member.state() == State.RUNNING);
            if (waiting.isEmpty() || running) {
                missing(List.of());
                List<MemberFacts> facts = members.stream()
                        .map(known::get)
                        .filter(Objects::nonNull)
                        .toList();
                try {
                    return new Reached(decisions.decide(facts, this::reportComparison), known);
                } catch (DecisionLoop.ComparisonFailed e) {
                    progress.checkOpen();
                    // A member that went away may come back with other data, or run the group already.
                    Stream.of(e.comparison().a(), e.comparison().b())
                            .filter(member -> !member.equals(node))
                            .forEach(known::remove);
                    waiting = List.of(String.valueOf(e.getMessage()));
                }
            }
            progress.report(
                    "waiting " + waiting.size(),
                    "waiting for the other members, all of which must be up at the first start on an old broker's"
                            + " data: " + String.join("; ", waiting));
            progress.pause();
        }
    }

    private void reportComparison(FileComparison comparison) {
        progress.report(
                "comparing",
                "comparing the file at position " + comparison.position() + " of " + comparison.a() + " and "
                        + comparison.b());
    }

    /** Why members are waited for, in words. */
    private List<String> askAll(Map<String, MemberFacts> known) throws IOException {
        List<String> waiting = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        for (String member : members) {
            if (known.containsKey(member)) {
                continue;
            }
            progress.checkOpen();
            try {
                MemberFacts facts = queries.facts(member);
                if (facts.state() == State.BUSY) {
                    waiting.add(member + " still reads what it has");
                } else {
                    known.put(member, facts);
                }
            } catch (IOException e) {
                waiting.add(e.getMessage());
                silent.add(member);
            }
        }
        missing(silent);
        return waiting;
    }
}
