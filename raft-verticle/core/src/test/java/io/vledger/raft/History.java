package io.vledger.raft;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the whole group did so far; every step is checked against Raft's promises when it is recorded. */
class History {
    /** One leader a term: term to the member that led it. */
    private final Map<Long, String> leaders = new HashMap<>();
    /** Log matching: what an index and term stand for. */
    private final Map<List<Long>, LogEntry> entries = new HashMap<>();
    /** Log matching: the term before an entry. */
    private final Map<List<Long>, Long> termsBefore = new HashMap<>();
    /** Committed never changes: the group's one history. */
    private final List<LogEntry> committed = new ArrayList<>();

    /** The term in which an entry was first known to be committed. */
    private final List<Long> committedIn = new ArrayList<>();

    private final List<Long> states = new ArrayList<>();
    private final Set<String> acknowledged = new HashSet<>();
    private final Map<TestMember, Long> commitOf = new HashMap<>();
    private final List<TestMember> members = new ArrayList<>();
    private Members admitted;
    private long acknowledgedIndex;
    long proposals;
    long reads;

    /** A read as it was asked for: nothing acknowledged before may be missing when it is answered. */
    record Read(long acknowledgedIndex) {}

    History(List<String> ids) {
        this.admitted = Members.initial(ids);
        this.states.add(0L);
    }

    void watch(TestMember member) {
        members.add(member);
    }

    long committedIndex() {
        return committed.size();
    }

    int acknowledgedCount() {
        return acknowledged.size();
    }

    long stateAt(long index) {
        return states.get((int) index);
    }

    Read read() {
        return new Read(acknowledgedIndex);
    }

    void proposed(String value) {
        proposals++;
    }

    void leader(TestMember member, long term) {
        String other = leaders.putIfAbsent(term, member.id);
        check(other == null || other.equals(member.id), "term " + term + " has two leaders: " + other + ", " + member);
        if (other != null) {
            return;
        }
        // Leader completeness (paper 5.4.3).
        for (long index = committed.size(); index > 0 && index > committed.size() - 3; index--) {
            LogEntry entry = committed.get((int) index - 1);
            check(
                    committedIn.get((int) index - 1) >= term || member.log().holds(index, entry.term()),
                    member + " leads term " + term + " without " + entry);
        }
    }

    void appended(LogEntry entry, long termBefore) {
        List<Long> key = List.of(entry.index(), entry.term());
        LogEntry known = entries.putIfAbsent(key, entry);
        check(known == null || known.equals(entry), "log matching: " + known + " and " + entry);
        Long before = termsBefore.putIfAbsent(key, termBefore);
        check(
                before == null || before == termBefore,
                "log matching: " + entry + " after terms " + before + ", " + termBefore);
    }

    void truncated(TestMember member, long from) {
        check(from > member.applied(), member + " removes " + from + ", which it has applied");
        if (from <= committed.size()) {
            LogEntry entry = committed.get((int) from - 1);
            check(!member.log().holds(from, entry.term()), member + " removes committed " + entry);
        }
    }

    void committed(TestMember member, long commit) {
        long from = commitOf.getOrDefault(member, 0L);
        for (long index = Math.max(from, member.log().base().index()) + 1; index <= commit; index++) {
            LogEntry entry = member.log().at(index);
            if (index <= committed.size()) {
                LogEntry known = committed.get((int) index - 1);
                check(known.equals(entry), "committed " + known + ", but " + member + " commits " + entry);
            } else {
                check(index == committed.size() + 1, member + " commits " + index + " after " + committed.size());
                committed.add(entry);
                committedIn.add(member.raft().term());
                states.add(states.get((int) index - 1) * 31 + entry.value().hashCode());
                if (entry.members() != null) {
                    admitted = entry.members();
                }
                quorumsHold();
            }
        }
        commitOf.put(member, commit);
    }

    /** A process starts anew: what it knew to be committed may be forgotten, not its entries. */
    void restarted(TestMember member) {
        commitOf.remove(member);
    }

    void applied(TestMember member, LogEntry entry, long state) {
        check(states.get((int) entry.index()) == state, member + " is in another state after " + entry);
    }

    void installed(TestMember member, MemberLogImage.BaseState base) {
        check(base.state() == stateAt(base.index()), member + " installed another state at " + base.index());
        commitOf.put(member, base.index());
    }

    void acknowledged(LogEntry entry, String value) {
        check(entry.value().equals(value), value + " is acknowledged for " + entry);
        check(entry.index() <= committed.size(), value + " is acknowledged before it is committed");
        acknowledged.add(value);
        acknowledgedIndex = Math.max(acknowledgedIndex, entry.index());
    }

    void readReady(TestMember member, Object context) {
        reads++;
        long wanted = ((Read) context).acknowledgedIndex;
        check(
                member.raft().commitIndex() >= wanted,
                member + " serves a read at " + member.raft().commitIndex() + " after " + wanted + " was acknowledged");
    }

    /** Something changed on a disk. */
    void persisted(TestMember member) {
        if (member.disk.durableIndex < committed.size()) {
            quorumsHold();
        }
    }

    /** No set of members that could elect a leader lacks what is committed. */
    void quorumsHold() {
        if (committed.isEmpty()) {
            return;
        }
        LogEntry last = committed.get(committed.size() - 1);
        int lacking = 0;
        int lackingAdmitted = 0;
        for (TestMember member : members) {
            if (!member.disk.log.holds(last.index(), last.term())) {
                lacking++;
                if (isAdmitted(member)) {
                    lackingAdmitted++;
                }
            }
        }
        check(
                lackingAdmitted <= members.size() / 2 && lacking < members.size(),
                "a quorum has forgotten committed " + last);
    }

    /** Whether the group relies on what is on this member's disk now. */
    boolean isAdmitted(TestMember member) {
        return member.disk.incarnation() != 0 && member.disk.incarnation() == admitted.incarnation(member.id);
    }

    /** The group relies on these from the beginning. */
    void admit(Members list) {
        admitted = list;
    }

    boolean everAdmitted(String id) {
        return admitted.incarnation(id) != 0;
    }

    /** A voter's memory was relied on by the group: no member believes so by itself. */
    void standing(TestMember member) {
        if (member.running() && member.raft().standing() == Standing.VOTER) {
            check(isAdmitted(member), member + " calls itself a voter, but the group has not admitted it");
        }
    }

    void nothingAcknowledgedIsMissing() {
        Set<String> values = new HashSet<>();
        committed.forEach(entry -> values.add(entry.value()));
        for (String value : acknowledged) {
            check(values.contains(value), value + " was acknowledged and is lost");
        }
    }

    /** A message was refused. */
    void refused(TestMember member, Effects.Refused refused) {}

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
