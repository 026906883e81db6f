package io.vledger.importer.agree;

import io.vledger.importer.agree.Decision.Difference;
import io.vledger.importer.agree.Decision.FileComparison;
import io.vledger.importer.agree.MemberFacts.LogFile;
import io.vledger.importer.agree.MemberFacts.MemberLog;
import io.vledger.importer.agree.MemberFacts.State;
import io.vledger.importer.format.Damage;
import io.vledger.importer.inspect.Finding;
import io.vledger.importer.inspect.Finding.Kind;
import io.vledger.importer.inspect.TailDamage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a group continues from. A pure function of the facts that members reported and of comparisons where their files differ, so
 * that every member decides the same.
 *
 * <p>Of classic members the longest whole log counts, since a slave's log is a copy of its master's; of DLedger members the one
 * with the higher last term, then the longer, which Raft would have elected. Every other log must say the same wherever both can
 * be read; what is damaged or cut short takes what it lacks from the source, if the source reaches as far. A DLedger log may also end
 * in entries of an earlier term that were never committed. Otherwise each has something that the other lacks, and people decide.
 */
final class Agreement {
    private static final String DECIDE =
            "set legacySource=<node> on every member to continue from that node's data (the others' files"
                    + " stay where they are), or legacyDryRun=true to compare only";

    private final List<MemberFacts> members;
    private final Map<FileComparison, Difference> differences;
    private final List<String> problems = new ArrayList<>();
    private final Set<FileComparison> unknown = new LinkedHashSet<>();
    private final List<String> report = new ArrayList<>();
    /** Members that give up entries which were never committed. */
    private final Set<String> givingWay = new TreeSet<>();

    private Agreement(List<MemberFacts> members, Map<FileComparison, Difference> differences) {
        this.members = List.copyOf(members);
        this.differences = Map.copyOf(differences);
    }

    /**
     * Decides.
     *
     * @param members in configured order: all of them, or fewer if one of them runs the group already
     * @param differences what was seen where the decision asked for a comparison
     */
    static Decision decide(List<MemberFacts> members, Map<FileComparison, Difference> differences) {
        return new Agreement(members, differences).decide();
    }

    private Decision decide() {
        List<MemberFacts> running = in(State.RUNNING);
        if (!running.isEmpty()) {
            return follow(running);
        }
        Set<String> wanted = new TreeSet<>();
        Set<Long> segments = new TreeSet<>();
        for (MemberFacts member : members) {
            segments.add(member.preferences().segmentBytes());
            if (!member.preferences().source().isEmpty()) {
                wanted.add(member.preferences().source());
            }
        }
        if (wanted.size() > 1) {
            return stop("members name different sources, " + wanted + ": set the same legacySource on all of them");
        }
        if (segments.size() > 1) {
            return stop("members have segments of different sizes, " + segments
                    + " bytes: set the same mappedFileSizeCommitLog (segmentBytes) on all of them");
        }
        List<MemberFacts> old = in(State.OLD);
        if (old.isEmpty()) {
            return wanted.isEmpty()
                    ? new Decision.Empty()
                    : stop("legacySource=" + wanted.iterator().next() + ", but no member has an old broker's data:"
                            + " check storePathRootDir there, or take legacySource out to begin with nothing");
        }
        return wanted.isEmpty() ? unguided(old) : guided(wanted.iterator().next(), old);
    }

    private List<MemberFacts> in(State state) {
        return members.stream().filter(member -> member.state() == state).toList();
    }

    private static Decision stop(String problem) {
        return new Decision.Stop(List.of(problem));
    }

    private Decision follow(List<MemberFacts> running) {
        Set<String> identities = new TreeSet<>();
        running.forEach(member -> identities.add(member.identity()));
        if (identities.size() > 1) {
            return stop("members run on different beginnings, "
                    + running.stream()
                            .map(member -> member.node() + ": "
                                    + (member.identity().isEmpty() ? "nothing" : member.identity()))
                            .toList()
                    + ": stop the group and remove its own directory and the origin directory beside it on those that"
                    + " are wrong");
        }
        MemberFacts first = running.get(0);
        List<MemberFacts> old = in(State.OLD);
        if (first.identity().isEmpty() && !old.isEmpty()) {
            return stop(first.node() + " runs the group, which began with nothing, and "
                    + old.get(0).node()
                    + " has an old broker's data: let storePathRootDir there name an empty directory,"
                    + " or stop the group and remove its directory on all members");
        }
        return new Decision.Follow(first.node(), first.identity());
    }

    private Decision guided(String name, List<MemberFacts> old) {
        MemberFacts source = old.stream()
                .filter(member -> member.node().equals(name))
                .findFirst()
                .orElse(null);
        if (source == null) {
            return stop("legacySource=" + name + ", but " + name + " has nothing of an old broker; those that have: "
                    + old.stream().map(MemberFacts::node).toList());
        }
        for (MemberFacts member : old) {
            for (Finding refusal : member.refusals()) {
                // What the others have does not count, unless somebody still writes there.
                if (member.node().equals(name) || refusal.kind() == Kind.HELD_BY_RUNNING_BROKER) {
                    problems.add(member.node() + ": " + refusal.text());
                }
            }
        }
        TailDamage broken = source.log().broken();
        if (broken != null) {
            problems.add(name + " is named by legacySource: " + broken.text());
        }
        if (!problems.isEmpty()) {
            return new Decision.Stop(problems);
        }
        report.add(name + " is named by legacySource and counts, up to position "
                + source.log().end());
        old.stream()
                .filter(member -> !member.node().equals(name))
                .forEach(member -> report.add(member.node()
                        + " takes what differs from " + name + "; its own files, up to position "
                        + member.log().end() + ", stay where they are and are not used where they differ"));
        reportEmpty(source);
        return new Decision.Source(name, report);
    }

    private Decision unguided(List<MemberFacts> old) {
        for (MemberFacts member : old) {
            member.refusals().forEach(refusal -> problems.add(member.node() + ": " + refusal.text()));
        }
        Set<Boolean> kinds = new HashSet<>();
        old.stream()
                .filter(member -> !member.log().files().isEmpty())
                .forEach(member -> kinds.add(member.log().dledger()));
        if (kinds.size() > 1) {
            problems.add("some members have a classic log and others that of a DLedger group: "
                    + old.stream()
                            .map(member -> member.node() + " " + member.log().kind())
                            .toList()
                    + "; let storePathRootDir name an empty directory where it is not wanted, or " + DECIDE);
        }
        if (!problems.isEmpty()) {
            return new Decision.Stop(problems);
        }
        return choose(old);
    }

    private Decision choose(List<MemberFacts> old) {
        MemberFacts source = old.stream()
                .filter(member -> member.log().broken() == null)
                .max(order())
                .orElse(null);
        if (source == null) {
            old.forEach(member ->
                    problems.add(member.node() + ": " + text(member.log().broken())));
            return new Decision.Stop(problems);
        }
        report.add(source.node() + " has the most, up to position "
                + source.log().end() + ", and is what the others continue from");
        for (MemberFacts member : old) {
            if (!member.node().equals(source.node())) {
                align(source, member);
            }
        }
        if (givingWay.size() > members.size() / 2) {
            problems.add("most members, " + givingWay + ", have entries that " + source.node()
                    + " lacks, so that they may have been acknowledged; " + DECIDE);
        }
        if (!problems.isEmpty()) {
            return new Decision.Stop(problems);
        }
        if (!unknown.isEmpty()) {
            return new Decision.NeedComparison(List.copyOf(unknown));
        }
        reportEmpty(source);
        return new Decision.Source(source.node(), report);
    }

    private static String text(@Nullable TailDamage broken) {
        return broken == null ? "" : broken.text();
    }

    private Comparator<MemberFacts> order() {
        return Comparator.comparingLong((MemberFacts member) -> member.log().lastTerm())
                .thenComparingLong(member -> member.log().end())
                .thenComparing(MemberFacts::master)
                .thenComparing(members::indexOf, Comparator.reverseOrder());
    }

    private void reportEmpty(MemberFacts source) {
        in(State.EMPTY)
                .forEach(member -> report.add(member.node() + " is empty: it takes everything, "
                        + (source.log().end() - source.log().begin()) + " bytes, from " + source.node()));
    }

    private void align(MemberFacts source, MemberFacts member) {
        if (beyond(source, member)) {
            return;
        }
        boolean same = true;
        for (LogFile file : member.log().files()) {
            LogFile other = fileAt(source.log(), file.position());
            if (other == null) {
                if (file.position() < source.log().begin()) {
                    continue;
                }
                if (file.position() < source.log().end()) {
                    problems.add(node(member, file) + " does not begin where a file of " + source.node()
                            + " does; members must have files of one size (mappedFileSizeCommitLog); " + DECIDE);
                    return;
                }
                // Only a DLedger log of an earlier term can be longer; where it differs was looked at before.
                continue;
            }
            if (other.length() != file.length()) {
                problems.add(node(member, file) + " has " + file.length() + " bytes and that of " + source.node() + " "
                        + other.length() + "; members must have files of one size (mappedFileSizeCommitLog); "
                        + DECIDE);
                return;
            }
            if (!compare(source, other, member, file)) {
                same = false;
                break;
            }
        }
        if (same && unknown.isEmpty()) {
            report(source, member);
        }
    }

    /** Whether a member whose end cannot be trusted has, or had, messages that the source lacks, or cannot say. */
    private boolean beyond(MemberFacts source, MemberFacts member) {
        TailDamage broken = member.log().broken();
        if (broken == null) {
            return false;
        }
        if (broken.scattered() || broken.reach() > source.log().end()) {
            problems.add(member.node() + ": " + broken.text() + ". No other member can help, since "
                    + (broken.scattered()
                            ? "it is damaged in more than " + Damage.MAX_NAMED + " places"
                            : source.node() + " ends at position "
                                    + source.log().end() + ", before " + broken.reach())
                    + "; or " + DECIDE);
            return true;
        }
        return false;
    }

    private void report(MemberFacts source, MemberFacts member) {
        long end = member.log().end();
        if (member.log().broken() != null) {
            report.add(member.node() + " is damaged or cut short at position " + end + "; it takes whole files from "
                    + source.node() + ", its own stay where they are");
        } else if (end == source.log().end()) {
            report.add(member.node() + " is identical");
        } else if (member.log().files().isEmpty()) {
            report.add(member.node() + " has no log: it takes everything from " + source.node());
        } else if (end < source.log().end()) {
            report.add(member.node() + " is a prefix: it takes " + (source.log().end() - end) + " bytes from position "
                    + end + " on from " + source.node());
        } else {
            problems.add(member.node() + " reaches to position " + end + ", beyond " + source.node()
                    + ", with no difference where both have something; " + DECIDE);
        }
        if (member.log().begin() < source.log().begin()) {
            report.add(member.node() + " still has files from position "
                    + member.log().begin() + " on, which have expired on " + source.node()
                    + ": they are not taken over and stay where they are");
        }
    }

    /** Whether they agree in this file; if not, the reason is added to the problems, or a comparison is asked for. */
    private boolean compare(MemberFacts source, LogFile theirs, MemberFacts member, LogFile mine) {
        long common = Math.min(theirs.counted(), mine.counted());
        if (common == 0
                || (theirs.counted() == mine.counted() && theirs.digest().equals(mine.digest()))) {
            return true;
        }
        TailDamage broken = member.log().broken();
        FileComparison comparison = new FileComparison(
                source.node(),
                member.node(),
                mine.position(),
                common,
                broken == null ? List.of() : broken.unreadable());
        Difference difference = differences.get(comparison);
        if (difference == null) {
            unknown.add(comparison);
            // Go on: every file that must be looked at is asked for at once, up to the first that is known to differ.
            return true;
        }
        if (difference.position() < 0) {
            return true;
        }
        differ(source, member, difference);
        return false;
    }

    private void differ(MemberFacts source, MemberFacts member, Difference difference) {
        String where = "at position " + difference.position() + " (" + source.node() + ": " + difference.messageA()
                + "; " + member.node() + ": " + difference.messageB() + ")";
        if (neverCommitted(source.log(), member.log(), difference)) {
            givingWay.add(member.node());
            report.add(member.node() + " differs from " + source.node() + " " + where
                    + ": its entries from there on are of an earlier term and were never committed; it takes those of "
                    + source.node() + ", its own files stay where they are");
        } else {
            problems.add(member.node() + " and " + source.node() + " differ " + where
                    + ": each has something that the other lacks; " + DECIDE);
        }
    }

    /**
     * Whether a member's entries from the difference on are what a fail-over leaves, and what DLedger would have truncated: the
     * source is of a later term, and the member itself knew of no commit there. What it knew is in DLedger's checkpoint, which is
     * written every three seconds up to 0.3 and not at all from 0.4 on, and shows in its consume queues, which get committed
     * messages only. What others committed says nothing of it: there they have other entries at the same indexes.
     */
    private static boolean neverCommitted(MemberLog source, MemberLog member, Difference difference) {
        return source.dledger()
                && member.dledger()
                && member.broken() == null
                && member.lastTerm() < source.lastTerm()
                && difference.entryB() > member.committedIndex()
                && difference.entryB() >= 0
                && member.committedEnd() <= difference.position();
    }

    private static @Nullable LogFile fileAt(MemberLog log, long position) {
        for (LogFile file : log.files()) {
            if (file.position() == position) {
                return file;
            }
        }
        return null;
    }

    private static String node(MemberFacts member, LogFile file) {
        return member.node() + ": the file at position " + file.position();
    }
}
