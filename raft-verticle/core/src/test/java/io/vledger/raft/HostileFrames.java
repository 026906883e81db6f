package io.vledger.raft;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Messages that no member sends, well formed as frames. */
final class HostileFrames {
    private static final long[] EDGES = {
        0, 1, -1, 2, 63, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1, 1L << 62, (1L << 62) + 1, 1L << 32
    };

    private HostileFrames() {}

    /** One that claims nothing false about what was stored: safety must hold whichever member sends it, and progress must come back. */
    static Message harmful(Random random, long term) {
        return switch (random.nextInt(7)) {
            // No prev, no commit: a second leader of this term, or a far greater term.
            case 0 -> new Message.AppendRequest(term, 0, 0, 0, 0, 0, null);
            case 1 -> new Message.AppendRequest(Long.MAX_VALUE, 0, 0, 0, 0, 0, null);
            case 2 -> new Message.VoteRequest(term + (1L << 40), false, true, 0, 0);
            case 3 -> new Message.AppendRequest(term, Long.MAX_VALUE, term, Long.MAX_VALUE, 0, 0, null);
            case 4 -> new Message.AppendRejected(term, Long.MAX_VALUE, Long.MIN_VALUE, 0, 0, Standing.VOTER);
            case 5 ->
                new Message.AppendRequest(term, -1, 0, 0, 0, 0, new Run(List.of(new LogEntry(5, -3, "forged", null))));
            default -> new Message.TransferNow(term);
        };
    }

    /** Anything at all; {@code near} are numbers that mean something to the receiver. */
    static Message any(Random random, long... near) {
        long term = number(random, near);
        return switch (random.nextInt(10)) {
            case 0, 1, 2 ->
                new Message.AppendRequest(
                        term,
                        number(random, near),
                        number(random, near),
                        number(random, near),
                        number(random, near),
                        number(random, near),
                        entries(random, near));
            case 3 ->
                random.nextBoolean()
                        ? new Message.AppendAccepted(term, number(random, near), number(random, near), standing(random))
                        : new Message.AppendRejected(
                                term,
                                number(random, near),
                                number(random, near),
                                number(random, near),
                                number(random, near),
                                standing(random));
            case 4 ->
                new Message.VoteRequest(
                        term, random.nextBoolean(), random.nextBoolean(), number(random, near), number(random, near));
            case 5 -> new Message.VoteReply(term, random.nextBoolean(), random.nextBoolean(), standing(random));
            case 6 ->
                new Message.InstallRequest(
                        term,
                        number(random, near),
                        number(random, near),
                        new MemberLogImage.BaseState(0, 0, Members.initial(List.of()), 0));
            case 7 -> new Message.InstallReply(term, number(random, near));
            case 8 -> new Message.Conflict(term, number(random, near), number(random, near));
            default ->
                random.nextBoolean()
                        ? new Message.TransferNow(term)
                        : new Message.MemoryOutdated(term, number(random, near), number(random, near));
        };
    }

    private static @Nullable Entries entries(Random random, long... near) {
        if (random.nextInt(3) == 0) {
            return null;
        }
        long first = number(random, near);
        int count = 1 + random.nextInt(3);
        LogEntry[] list = new LogEntry[count];
        long term = number(random, near);
        for (int i = 0; i < count; i++) {
            list[i] = new LogEntry(first + i, term + random.nextInt(2), "forged", null);
        }
        return new Run(List.of(list));
    }

    private static Standing standing(Random random) {
        List<Standing> all = List.of(Standing.values());
        return all.get(random.nextInt(all.size()));
    }

    private static long number(Random random, long... near) {
        return random.nextInt(3) > 0
                ? near[random.nextInt(near.length)] + random.nextInt(3) - 1
                : EDGES[random.nextInt(EDGES.length)];
    }
}
