package io.vledger.importer.exchange;

import io.vledger.importer.exchange.Decision.Difference;
import io.vledger.importer.exchange.Decision.FileComparison;
import io.vledger.importer.exchange.MemberFacts.LogFile;
import io.vledger.importer.exchange.MemberFacts.OldLog;
import io.vledger.importer.exchange.MemberFacts.State;
import io.vledger.importer.survey.Finding;
import io.vledger.importer.survey.Finding.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a group goes on from. A pure function of what the members told and of what was seen where their files differ, so
 * that every member comes to the same.
 *
 * <p>Of classic members the longest whole log counts, since a slave's log is a copy of its master's; of DLedger members the one
 * with the higher last term, then the longer, which Raft would have elected. Every other log must be a prefix of it, or be damaged
 * where it differs; a DLedger log may also end in entries of an earlier term that were never committed. Otherwise each has
 * something that the other lacks, and people decide.
 */
final class Agreement {
    private static final String DECIDE =
            "set legacySource=<node> on every member to go on with that node's data (the others' files"
                    + " stay where they are), or legacyDryRun=true to compare only";

    private final List<MemberFacts> members;
    private final Map<FileComparison, Difference> differences;
    private final List<String> problems = new ArrayList<>();
    private final Set<FileComparison> unknown = new LinkedHashSet<>();
    /** Members whose log was found damaged, and how. */
    private final Map<String, String> damaged = new LinkedHashMap<>();

    private List<String> report = new ArrayList<>();

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
            segments.add(member.wishes().segmentBytes());
            if (!member.wishes().source().isEmpty()) {
                wanted.add(member.wishes().source());
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
        if (!source.log().damage().isEmpty()) {
            problems.add(name + " is named by legacySource and is damaged at "
                    + source.log().damage());
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
        tellEmpty(source);
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
        old.stream()
                .filter(member -> !member.log().damage().isEmpty())
                .forEach(member -> damaged.put(member.node(), member.log().damage()));
        return choose(old);
    }

    /** The best of those that are not known to be damaged; each round may find one more that is. */
    private Decision choose(List<MemberFacts> old) {
        while (true) {
            report = new ArrayList<>();
            MemberFacts source = old.stream()
                    .filter(member -> !damaged.containsKey(member.node()))
                    .max(order())
                    .orElse(null);
            if (source == null) {
                return stop("every log is damaged: " + damaged
                        + "; bring a whole copy of one of the files, or move what is behind the damage away");
            }
            report.add(source.node() + " has the most, up to position "
                    + source.log().end() + ", and is what the others go on from");
            int known = damaged.size();
            for (MemberFacts member : old) {
                if (!member.node().equals(source.node()) && damaged.size() == known) {
                    align(source, member);
                }
            }
            if (damaged.size() > known) {
                // What was measured by a damaged log does not count.
                problems.clear();
                unknown.clear();
                continue;
            }
            if (!problems.isEmpty()) {
                return new Decision.Stop(problems);
            }
            if (!unknown.isEmpty()) {
                return new Decision.NeedComparison(List.copyOf(unknown));
            }
            tellEmpty(source);
            return new Decision.Source(source.node(), report);
        }
    }

    private Comparator<MemberFacts> order() {
        return Comparator.comparingLong((MemberFacts member) -> member.log().lastTerm())
                .thenComparingLong(member -> member.log().end())
                .thenComparing(MemberFacts::master)
                .thenComparing(members::indexOf, Comparator.reverseOrder());
    }

    private void tellEmpty(MemberFacts source) {
        in(State.EMPTY)
                .forEach(member -> report.add(member.node() + " is empty: it takes everything, "
                        + (source.log().end() - source.log().begin()) + " bytes, from " + source.node()));
    }

    private void align(MemberFacts source, MemberFacts member) {
        String wound = damaged.get(member.node());
        if (wound != null) {
            alignDamaged(source, member, wound);
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
            tell(source, member);
        }
    }

    private void tell(MemberFacts source, MemberFacts member) {
        long end = member.log().end();
        if (end == source.log().end()) {
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

    private void alignDamaged(MemberFacts source, MemberFacts member, String wound) {
        long reach = Math.max(member.log().reach(), member.log().end());
        if (reach > source.log().end()) {
            problems.add(member.node() + " is damaged at " + wound + ", and has messages up to position " + reach
                    + " where " + source.node() + " ends at " + source.log().end()
                    + ": bring a whole copy of the damaged file to " + member.node() + ", or " + DECIDE);
            return;
        }
        report.add(member.node() + " is damaged at " + wound + "; it takes whole files from " + source.node()
                + ", its own stay where they are");
    }

    /** Whether they agree in this file; if not, why is told or asked. */
    private boolean compare(MemberFacts source, LogFile theirs, MemberFacts member, LogFile mine) {
        long common = Math.min(theirs.counted(), mine.counted());
        if (common == 0
                || (theirs.counted() == mine.counted() && theirs.digest().equals(mine.digest()))) {
            return true;
        }
        FileComparison comparison = new FileComparison(source.node(), member.node(), mine.position(), common);
        Difference difference = differences.get(comparison);
        if (difference == null) {
            unknown.add(comparison);
            // Go on: every file that must be looked at is asked for at once, up to the first that is known to differ.
            return true;
        }
        if (difference.difference() < 0) {
            return true;
        }
        differ(source, member, mine, difference);
        return false;
    }

    private void differ(MemberFacts source, MemberFacts member, LogFile file, Difference difference) {
        boolean mineBad = !difference.faultB().isEmpty();
        boolean theirsBad = !difference.faultA().isEmpty();
        String where = "at position " + difference.difference() + " (" + source.node() + ": " + difference.messageA()
                + "; " + member.node() + ": " + difference.messageB() + ")";
        if (mineBad && theirsBad) {
            problems.add("both " + source.node() + " and " + member.node() + " are damaged in the file at position "
                    + file.position() + ": " + source.node() + " at " + difference.faultA() + ", " + member.node()
                    + " at "
                    + difference.faultB() + "; bring a whole copy of it, or move the log from there on away");
        } else if (mineBad) {
            alignDamaged(source, member, difference.faultB());
        } else if (theirsBad) {
            damaged.put(source.node(), difference.faultA());
        } else if (neverCommitted(source.log(), member.log(), difference)) {
            report.add(member.node() + " differs from " + source.node() + " " + where
                    + ": its entries from there on are of an earlier term and were never committed; it takes those of "
                    + source.node() + ", its own files stay where they are");
        } else {
            problems.add(member.node() + " and " + source.node() + " differ " + where
                    + ": both are whole, and each has something that the other lacks; " + DECIDE);
        }
    }

    private boolean neverCommitted(OldLog source, OldLog member, Difference difference) {
        long committed = members.stream()
                .mapToLong(each -> each.log().committedIndex())
                .max()
                .orElse(-1);
        return source.dledger()
                && member.lastTerm() < source.lastTerm()
                && difference.entryB() > committed
                && difference.entryB() >= 0;
    }

    private static @Nullable LogFile fileAt(OldLog log, long position) {
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
