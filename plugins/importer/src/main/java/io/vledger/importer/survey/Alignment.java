package io.vledger.importer.survey;

import io.vledger.importer.legacy.Framing;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.importer.legacy.LogComparison;
import io.vledger.importer.legacy.SegmentFiles;
import io.vledger.importer.legacy.SegmentWalk;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the members of a group and says what must happen before they can serve together.
 *
 * <p>The longest log leads: in a classic cluster a slave's log is a copy of the master's, so the longer one holds whatever the
 * master acknowledged and still has; in a DLedger group the one with the higher last term and then index would win the
 * election. Every other log must be a prefix of it. If one is not, people must decide, because each has something that the other
 * lacks.
 */
public final class Alignment {
    private final List<Survey> members;
    private final boolean deep;
    private final List<String> steps = new ArrayList<>();
    private final List<String> obstacles = new ArrayList<>();
    private long copyBytes;

    /**
     * Of these members.
     *
     * @param deep whether to compare every byte, not only the last files
     */
    public Alignment(List<Survey> members, boolean deep) {
        this.members = List.copyOf(members);
        this.deep = deep;
    }

    /** Compares them. Reads as much of each log as is compared. */
    public Verdict judge() {
        for (Survey member : members) {
            member.faults().forEach(refusal -> obstacles.add(member.at().name() + ": " + refusal));
        }
        List<Survey> full =
                members.stream().filter(member -> log(member) != null).toList();
        if (full.isEmpty()) {
            steps.add("there are no messages of an old broker: the group starts empty");
            return verdict();
        }
        Survey source = full.stream().max(order()).orElseThrow();
        LogFacts best = log(source);
        if (best == null) {
            return verdict();
        }
        steps.add(source.at().name() + " has the most, up to position " + best.end()
                + ", and is what the others are measured by");
        members.stream()
                .filter(member -> !member.at().root().equals(source.at().root()))
                .forEach(member -> align(source, member));
        steps.add("new messages follow in files of the group's own, from position " + nextPosition(best)
                + " or, if segments are larger, the next one's; nothing before it is rewritten");
        return verdict();
    }

    private Verdict verdict() {
        boolean go = obstacles.isEmpty();
        return new Verdict(go, go ? List.copyOf(steps) : List.of(), List.copyOf(obstacles), go ? copyBytes : 0);
    }

    private static long nextPosition(LogFacts facts) {
        long into = facts.end() % facts.fileBytes();
        return into == 0 ? facts.end() : facts.end() - into + facts.fileBytes();
    }

    private static Comparator<Survey> order() {
        return Comparator.comparingLong((Survey member) -> member.dledger() == null ? -1 : lastTerm(member))
                .thenComparingLong(Alignment::end);
    }

    private static long lastTerm(Survey member) {
        LogFacts dledger = member.dledger();
        return dledger == null ? -1 : dledger.walk().lastTerm();
    }

    private static long end(Survey member) {
        LogFacts log = log(member);
        return log == null ? -1 : log.end();
    }

    /** The log that is being written: DLedger's where there is one. */
    private static @Nullable LogFacts log(Survey member) {
        return member.dledger() != null ? member.dledger() : member.classic();
    }

    private void align(Survey source, Survey member) {
        String name = member.at().name();
        LogFacts mine = log(member);
        LogFacts best = log(source);
        if (best == null) {
            return;
        }
        if (mine == null) {
            copyBytes += size(source.classic()) + size(source.dledger());
            steps.add(
                    name + " is empty: it takes everything from " + source.at().name());
            return;
        }
        if ((member.dledger() == null) != (source.dledger() == null)) {
            obstacles.add(name + " holds " + member.kind() + " data and "
                    + source.at().name() + " " + source.kind()
                    + "; they are not members of one group: empty the directory that is not wanted");
            return;
        }
        compare(source, member, mine, best, source.dledger() == null ? Framing.CLASSIC : Framing.DLEDGER);
        LogFacts older = source.classic();
        LogFacts mineOlder = member.classic();
        if (source.dledger() != null && older != null && mineOlder != null) {
            compare(source, member, mineOlder, older, Framing.CLASSIC);
        }
    }

    private static long size(@Nullable LogFacts facts) {
        return facts == null ? 0 : facts.end() - facts.first();
    }

    private void compare(Survey source, Survey member, LogFacts mine, LogFacts best, Framing framing) {
        String name = member.at().name();
        try {
            SegmentFiles bestFiles = SegmentFiles.list(best.directory());
            SegmentFiles myFiles = SegmentFiles.list(mine.directory());
            long from = deep ? 0 : Math.min(best.walkedFrom(), mine.walkedFrom());
            LogComparison.Outcome outcome = LogComparison.compare(bestFiles, best.end(), myFiles, mine.end(), from);
            if (!outcome.agree()) {
                obstacles.add(name + " and " + source.at().name() + " differ at position " + outcome.difference() + " ("
                        + whereIs(
                                bestFiles,
                                framing,
                                outcome.difference(),
                                source.at().name()) + "; "
                        + whereIs(myFiles, framing, outcome.difference(), name)
                        + "): each has something that the other lacks. Decide which counts and name it as the source");
            } else if (mine.end() < best.end()) {
                copyBytes += best.end() - mine.end();
                steps.add(name + " is a prefix: it takes " + (best.end() - mine.end()) + " bytes from position "
                        + mine.end() + " on from " + source.at().name());
            } else {
                steps.add(name + " is identical over " + (outcome.to() - outcome.from()) + " bytes compared");
            }
        } catch (LegacyException e) {
            obstacles.add(name + ": " + e.getMessage());
        }
    }

    /** The message that covers a position, for a person to look it up. */
    private static String whereIs(SegmentFiles files, Framing framing, long position, String name)
            throws LegacyException {
        String[] found = {name + ": no whole message there"};
        SegmentFiles.SegmentFile file = files.from(position).get(0);
        new SegmentWalk(files.only(file), framing).from(file.position(), (message, at, index, term) -> {
            if (at - framing.headerBytes() <= position && position < at + message.totalSize()) {
                found[0] = name + ": " + file.path().getFileName() + ", topic " + message.topic() + ", queue "
                        + message.queueId() + ", queue offset " + message.queueOffset()
                        + (index < 0 ? "" : ", entry " + index + " of term " + term);
            }
        });
        return found[0];
    }
}
