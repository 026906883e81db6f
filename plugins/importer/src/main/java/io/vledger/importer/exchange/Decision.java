package io.vledger.importer.exchange;

import java.util.List;

/** The outcome of the members' agreement. */
sealed interface Decision {
    /** Nobody has anything old: the group begins with nothing. */
    record Empty() implements Decision {}

    /**
     * All go on from one member's data.
     *
     * @param node that member
     * @param report for people: who takes what, and why
     */
    record Source(String node, List<String> report) implements Decision {
        /** Copies the list. */
        public Source {
            report = List.copyOf(report);
        }
    }

    /**
     * The group runs already: what it began with counts.
     *
     * @param node a member that runs it
     * @param identity of its base; empty if it began with nothing
     */
    record Follow(String node, String identity) implements Decision {}

    /**
     * People decide.
     *
     * @param problems what stands against it, each with its mend
     */
    record Stop(List<String> problems) implements Decision {
        /** Copies the list. */
        public Stop {
            problems = List.copyOf(problems);
        }
    }

    /** More must be known first. */
    record NeedComparison(List<FileComparison> at) implements Decision {
        /** Copies the list. */
        public NeedComparison {
            at = List.copyOf(at);
        }
    }

    /**
     * Two members' copies of one file, to be compared byte by byte.
     *
     * @param a one member
     * @param b the other
     * @param position of the file
     * @param length bytes from its start that both have
     */
    record FileComparison(String a, String b, long position, long length) {}

    /**
     * What was seen there.
     *
     * @param difference position of the first byte that differs; -1 if there is none, and then nothing else is known
     * @param faultA what is wrong with the messages of a; empty if nothing
     * @param faultB what is wrong with the messages of b; empty if nothing
     * @param messageA the message of a at the difference
     * @param messageB the message of b at the difference
     * @param entryB DLedger's index of b's message; -1 if there is none
     */
    record Difference(long difference, String faultA, String faultB, String messageA, String messageB, long entryB) {
        static final Difference SAME = new Difference(-1, "", "", "", "", -1);
    }
}
