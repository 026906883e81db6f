package io.vledger.raft;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Members whose every step a script decides. Messages wait until they are delivered, disks finish at once unless they are
 * held, clocks stand still unless they are pushed. What happens is written down in words.
 */
final class ScriptWorld implements TestMember.Outside {
    private static final int HEARTBEAT_MS = 100;
    private static final int ELECTION_MS = 1_000;

    private record Mail(String from, long incarnation, String to, Message message) {}

    private final List<String> ids = new ArrayList<>();
    private final Map<String, TestMember> members = new LinkedHashMap<>();
    private final List<Mail> post = new ArrayList<>();
    private final Set<String> cut = new HashSet<>();
    private final Set<String> heldDisks = new HashSet<>();
    private final Map<String, Long> skewMs = new HashMap<>();
    private final StringBuilder story = new StringBuilder();
    private final Map<String, MemberDisk> backups = new HashMap<>();
    private final Set<TestMember> overs = new LinkedHashSet<>();
    private long runs;
    private History history = new History(List.of());
    private Members admitted = Members.initial(List.of());
    private long nowMs = 10_000;
    private long incarnations;

    /** Carries out one line and returns its output. */
    String run(String line) {
        story.setLength(0);
        String[] words = line.trim().split("\\s+");
        List<String> arguments = Arrays.asList(words).subList(1, words.length);
        if (words[0].equals("group") || words[0].equals("new-group") || words[0].equals("log")) {
            prepare(words[0], arguments);
        } else {
            act(words[0], arguments);
        }
        return story.toString();
    }

    // ---- before it starts

    private void prepare(String command, List<String> arguments) {
        if (command.equals("log")) {
            log(member(arguments.get(0)), Long.parseLong(arguments.get(1)), arguments.subList(2, arguments.size()));
            return;
        }
        ids.addAll(arguments);
        history = new Narrator();
        admitted = Members.initial(ids);
        for (String id : ids) {
            TestMember member = new TestMember(id, ids, this, history, CommitRule.OWN_TERM_ONLY, Sabotage.NONE, 1);
            members.put(id, member);
            history.watch(member);
            boolean known = command.equals("group");
            long incarnation = ++incarnations;
            member.disk.memory = new Raft.Memory(0, "", incarnation, known ? Standing.VOTER : Standing.RECOVERING);
            admitted = known ? admitted.with(id, incarnation) : admitted;
        }
        Members list = admitted;
        members.values().forEach(member -> member.disk.log.reset(new MemberLogImage.BaseState(0, 0, list, 0)));
        history.admit(list);
    }

    /** Gives a member a current term and entries of these terms. */
    private void log(TestMember member, long term, List<String> terms) {
        for (String each : terms) {
            long index = member.disk.log.lastIndex() + 1;
            LogEntry entry = new LogEntry(index, Long.parseLong(each), "e" + index + "." + each, null);
            history.appended(entry, member.disk.log.termAt(index - 1));
            member.disk.log.append(entry);
        }
        member.disk.durableIndex = member.disk.log.lastIndex();
        Raft.Memory before = Objects.requireNonNull(member.disk.memory);
        member.disk.memory = new Raft.Memory(term, "", before.incarnation(), before.standing());
    }

    // ---- commands

    private void act(String command, List<String> arguments) {
        switch (command) {
            case "start" -> each(arguments).forEach(this::start);
            case "crash" -> each(arguments).forEach(member -> member.crash(0));
            case "wipe" -> each(arguments).forEach(this::wipe);
            case "back-up" -> each(arguments).forEach(this::backUp);
            case "restore" -> each(arguments).forEach(this::restore);
            case "restore-copy" -> each(arguments).forEach(this::restoreCopy);
            case "reconnect" -> {
                TestMember one = member(arguments.get(0));
                TestMember other = member(arguments.get(1));
                one.disconnected(other.id, false, clock(one));
                other.disconnected(one.id, false, clock(other));
                greet(one, other);
                greet(other, one);
            }
            case "lose-cache" -> each(arguments).forEach(this::loseCache);
            case "damage" -> damage(member(arguments.get(0)), Long.parseLong(arguments.get(1)));
            case "campaign" -> campaign(member(arguments.get(0)));
            case "rush" -> {
                // Only this member's clock runs on.
                TestMember member = member(arguments.get(0));
                skewMs.merge(member.id, 3L * ELECTION_MS, Long::sum);
                member.tick(clock(member));
            }
            case "beat" -> beat(arguments);
            case "pass" -> nowMs += Long.parseLong(arguments.get(0));
            case "tick" -> each(arguments).forEach(member -> member.tick(clock(member)));
            case "deliver" -> deliver(arguments);
            case "lose" -> post.removeIf(mail -> matches(mail, arguments));
            case "cut" -> arguments.forEach(this::cut);
            case "heal" -> cut.clear();
            case "hold-disk" -> heldDisks.addAll(arguments);
            case "free-disk" -> {
                arguments.forEach(heldDisks::remove);
                disks();
            }
            case "propose" -> member(arguments.get(0)).propose(arguments.get(1), clock(member(arguments.get(0))));
            case "read" -> member(arguments.get(0)).read(history.read(), clock(member(arguments.get(0))));
            case "transfer" -> member(arguments.get(0)).transfer(arguments.get(1), clock(member(arguments.get(0))));
            case "drop-prefix" -> member(arguments.get(0)).dropPrefix(Long.parseLong(arguments.get(1)));
            case "show" -> each(arguments).forEach(this::show);
            default -> throw new IllegalArgumentException("unknown command: " + command);
        }
        disks();
    }

    private void start(TestMember member) {
        RaftSettings settings = new RaftSettings(member.id, ids, HEARTBEAT_MS, ELECTION_MS, 1_000, "");
        history.restarted(member);
        member.boot(settings, bound -> 0, clock(member));
        for (TestMember other : members.values()) {
            if (other != member && other.running()) {
                greet(member, other);
                greet(other, member);
            }
        }
    }

    /** A member receives another one's hello. */
    private void greet(TestMember member, TestMember other) {
        if (!member.connected(other.id, other.disk.start(), clock(member))) {
            say("%s does not take %s: it has seen more of its memory", member, other);
        }
    }

    @Override
    public long newRun() {
        return ++runs;
    }

    @Override
    public long newIncarnation(long least) {
        incarnations = Math.max(incarnations + 1, least);
        return incarnations;
    }

    @Override
    public void startedOver(TestMember member) {
        say("%s takes its memory for lost, incarnation %d", member, incarnations);
        overs.add(member);
    }

    /** Those that took their memory for lost connect anew, once that is saved. */
    private void reconnectAll() {
        for (TestMember member : List.copyOf(overs)) {
            if (member.disk.incarnation() == member.raft().incarnation()) {
                overs.remove(member);
                members.values().stream()
                        .filter(other -> other != member && other.running())
                        .forEach(other -> {
                            greet(member, other);
                            greet(other, member);
                        });
            }
        }
    }

    private void backUp(TestMember member) {
        backups.put(member.id, member.disk.backup());
    }

    /** The machine's snapshot: nothing shows on the disk itself. */
    private void restore(TestMember member) {
        member.disk.restore(Objects.requireNonNull(backups.get(member.id), member.id));
        say("%s has the disk of before", member);
    }

    /** A copy of the directory: it shows. */
    private void restoreCopy(TestMember member) {
        restore(member);
        loseCache(member);
    }

    private void wipe(TestMember member) {
        member.disk.log.reset(new MemberLogImage.BaseState(0, 0, Members.initial(ids), 0));
        member.disk.commitHint = 0;
        member.disk.durableIndex = 0;
        member.disk.memory = new Raft.Memory(0, "", ++incarnations, Standing.RECOVERING);
        say("%s has an empty disk, incarnation %d", member, incarnations);
    }

    private void loseCache(TestMember member) {
        Raft.Memory memory = Objects.requireNonNull(member.disk.memory);
        member.disk.memory = new Raft.Memory(memory.term(), memory.vote(), ++incarnations, Standing.RECOVERING);
        say("%s is not sure of its memory, incarnation %d", member, incarnations);
    }

    private void damage(TestMember member, long from) {
        Raft.Memory memory = Objects.requireNonNull(member.disk.memory);
        member.disk.log.truncate(from);
        member.disk.durableIndex = Math.min(member.disk.durableIndex, from - 1);
        member.disk.memory = new Raft.Memory(memory.term(), memory.vote(), ++incarnations, Standing.DAMAGED);
        say("%s has lost what was from %d on, incarnation %d", member, from, incarnations);
    }

    private long clock(TestMember member) {
        return nowMs + skewMs.getOrDefault(member.id, 0L);
    }

    private void campaign(TestMember member) {
        nowMs += 3 * ELECTION_MS;
        member.tick(clock(member));
    }

    private void beat(List<String> arguments) {
        nowMs += 3 * HEARTBEAT_MS; // also those who have everything
        each(arguments).forEach(member -> member.tick(clock(member)));
    }

    private void cut(String link) {
        if (link.contains(">")) {
            cut.add(link);
        } else {
            ids.forEach(other -> {
                cut.add(link + ">" + other);
                cut.add(other + ">" + link);
            });
        }
    }

    private void deliver(List<String> links) {
        disks();
        boolean more = true;
        while (more) {
            more = false;
            for (int i = 0; i < post.size() && !more; i++) {
                if (matches(post.get(i), links)) {
                    Mail mail = post.remove(i);
                    more = true;
                    TestMember to = member(mail.to);
                    if (to.running()) {
                        to.receive(mail.from, mail.incarnation, mail.message, clock(to));
                    }
                    disks();
                }
            }
        }
    }

    private static boolean matches(Mail mail, List<String> links) {
        return links.isEmpty() || links.contains(mail.from + ">" + mail.to);
    }

    private void disks() {
        for (boolean more = true; more; ) {
            more = false;
            for (TestMember member : members.values()) {
                if (member.running() && member.laneBusy() && !heldDisks.contains(member.id)) {
                    member.finishJob(true, clock(member));
                    more = true;
                }
            }
            reconnectAll();
        }
    }

    private void show(TestMember member) {
        if (!member.running()) {
            say("%s is down", member);
            return;
        }
        Raft raft = member.raft();
        String terms = member.log().entries().stream()
                .map(entry -> Long.toString(entry.term()))
                .collect(Collectors.joining(" "));
        String base = member.log().base().index() == 0
                ? ""
                : "(base " + member.log().base().index() + ") ";
        say(
                "%s %s term %d %s commit %d log %s%s",
                member, raft.role(), raft.term(), raft.standing(), raft.commitIndex(), base, terms);
    }

    // ---- the world

    @Override
    public void send(TestMember from, String to, Message message) {
        if (!cut.contains(from.id + ">" + to)) {
            post.add(new Mail(from.id, from.raft().incarnation(), to, message));
        }
    }

    @Override
    public void jobQueued(TestMember member) {}

    private List<TestMember> each(List<String> named) {
        return named.isEmpty()
                ? List.copyOf(members.values())
                : named.stream().map(this::member).toList();
    }

    private TestMember member(String id) {
        return Objects.requireNonNull(members.get(id), id);
    }

    private void say(String format, Object... arguments) {
        story.append(String.format(format, arguments).stripTrailing()).append('\n');
    }

    /** Checks steps, and prints them. */
    private final class Narrator extends History {
        private final Map<String, Long> printed = new LinkedHashMap<>();

        Narrator() {
            super(ids);
        }

        @Override
        void leader(TestMember member, long term) {
            if (!Objects.equals(printed.put(member.id + " leads", term), term)) {
                say("%s leads term %d", member, term);
            }
            super.leader(member, term);
        }

        @Override
        void refused(TestMember member, Effects.Refused refused) {
            say("%s refuses %s: %s", member, refused.from(), refused.why());
        }

        @Override
        void truncated(TestMember member, long from) {
            say("%s removes its entries from %d on", member, from);
            super.truncated(member, from);
        }

        @Override
        void committed(TestMember member, long commit) {
            if (commit > printed.getOrDefault(member.id, 0L)) {
                printed.put(member.id, commit);
                say("%s knows %d to be committed", member, commit);
            }
            super.committed(member, commit);
        }

        @Override
        void installed(TestMember member, MemberLogImage.BaseState base) {
            say("%s continues from the state at %d", member, base.index());
            super.installed(member, base);
        }

        @Override
        void acknowledged(LogEntry entry, String value) {
            say("%s is acknowledged at %d", value, entry.index());
            super.acknowledged(entry, value);
        }

        @Override
        void readReady(TestMember member, Object context) {
            say("%s may serve the read", member);
            super.readReady(member, context);
        }
    }
}
