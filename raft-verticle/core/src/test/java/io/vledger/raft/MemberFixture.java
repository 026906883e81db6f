package io.vledger.raft;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Member n1 of three admitted members, for tests of one role. */
final class MemberFixture {
    static final List<String> IDS = List.of("n1", "n2", "n3");
    static final RaftSettings SETTINGS = new RaftSettings("n1", IDS, 20, 100, 1_000, "");

    private MemberFixture() {}

    /** A member in a term, with the first {@code commit} of entries of these terms committed. */
    static MemberState member(long term, long commit, long... entryTerms) {
        return member(new Raft.Memory(term, "", 1, Standing.VOTER, Map.of()), commit, entryTerms);
    }

    static MemberState member(Raft.Memory memory, long commit, long... entryTerms) {
        Members admitted = Members.initial(IDS).with("n1", 1).with("n2", 2).with("n3", 3);
        MemberState state =
                new MemberState(SETTINGS, new PersistentState(memory, admitted, List.of(new TermRun(0, 0)), 0, 0));
        append(state, entryTerms);
        state.synced = entryTerms.length;
        state.commit = commit;
        state.peers.forEach((id, peer) -> {
            peer.incarnation = id.equals("n2") ? 2 : 3;
            peer.connected = true;
        });
        return state;
    }

    /** Appends entries of these terms to a member's log. */
    static void append(MemberState state, long... entryTerms) {
        for (long term : entryTerms) {
            long index = state.log.lastIndex() + 1;
            state.append(index, entries(index, term));
        }
    }

    /** A run of entries of these terms. */
    static Entries entries(long firstIndex, long... terms) {
        return new TestEntries(firstIndex, LongStream.of(terms).boxed().toList());
    }

    /** The only message that is sent in this turn. */
    static Message sent(MemberState state) {
        Effects effects = state.takeEffects();
        List<Effects.Outgoing> all = new java.util.ArrayList<>(effects.sendNow());
        all.addAll(effects.sendAfterSave());
        if (all.size() != 1) {
            throw new AssertionError("expected one message, not " + all);
        }
        return all.get(0).message();
    }

    private record TestEntries(long firstIndex, List<Long> terms) implements Entries {
        @Override
        public long lastIndex() {
            return firstIndex + terms.size() - 1;
        }

        @Override
        public long termAt(long index) {
            return terms.get((int) (index - firstIndex));
        }

        @Override
        public @Nullable Members membersAt(long index) {
            return null;
        }
    }
}
