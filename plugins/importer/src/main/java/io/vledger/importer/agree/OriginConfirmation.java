package io.vledger.importer.agree;

import io.vledger.importer.agree.OriginStatus.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides whether a member may take part in forming a group that continues from an old broker's data. A pure function of what the
 * others say and of how long it was waited for.
 *
 * <p>Where an old broker ran again, it gave queue offsets to messages that the group would give to others: members that only have
 * copies must not form the group as if nothing had happened. So each asks the members that held the data. One that cannot be reached
 * is waited for, and then left out: the death of a machine must not stop a group. A member that finds the group running since
 * before, with everybody asked, joins it at once.
 */
final class OriginConfirmation {
    /** How long a member that held old data and cannot be asked is waited for. */
    static final long GRACE_MS = 10_000;

    private OriginConfirmation() {}

    /** What follows. */
    sealed interface Outcome {}

    /**
     * The group may be formed.
     *
     * @param unasked members that held old data and could not be asked; empty if everybody is known to be as it was left
     */
    record Go(Set<String> unasked) implements Outcome {}

    /** Somebody must be asked again. */
    record Wait(Set<String> unasked) implements Outcome {}

    /**
     * An old broker ran again somewhere, and people decide.
     *
     * @param problems what each such member says
     */
    record Stop(List<String> problems) implements Outcome {}

    /**
     * Decides.
     *
     * @param holders the other members that held old data
     * @param answers what others said; who could not be asked is not among them
     * @param waited whether they were waited for long enough
     */
    static Outcome decide(Set<String> holders, Map<String, OriginStatus> answers, boolean waited) {
        if (answers.values().stream().anyMatch(answer -> answer.open() && answer.confirmed())) {
            return new Go(Set.of());
        }
        List<String> problems = answers.entrySet().stream()
                .filter(answer -> answer.getValue().kind() == Kind.WENT_ON)
                .map(answer -> answer.getKey() + ": " + answer.getValue().text())
                .sorted()
                .toList();
        if (!problems.isEmpty()) {
            return new Stop(problems);
        }
        Set<String> unasked = new TreeSet<>(holders);
        answers.forEach((member, answer) -> {
            if (answer.kind() == Kind.INTACT) {
                unasked.remove(member);
            }
        });
        return unasked.isEmpty() || waited ? new Go(unasked) : new Wait(unasked);
    }
}
