package io.vledger.importer.agree;

import io.vledger.importer.format.Damage.Range;
import java.util.List;

/** The outcome of the members' agreement. */
sealed interface Decision {
    /** Nobody has anything old: the group begins with nothing. */
    record Empty() implements Decision {}

    /**
     * All continue from one member's data.
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
     * @param identity of its manifest; empty if it began with nothing
     */
    record Follow(String node, String identity) implements Decision {}

    /**
     * People decide.
     *
     * @param problems what stands against it, each with its remedy
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
     * @param unreadable stretches of b that cannot be read, by position; what lies in them does not count
     */
    record FileComparison(String a, String b, long position, long length, List<Range> unreadable) {
        /** Copies the list. */
        public FileComparison {
            unreadable = List.copyOf(unreadable);
        }
    }

    /**
     * What was seen there.
     *
     * @param position position of the first byte that differs; -1 if there is none, and then nothing else is known
     * @param messageA the message of a at the difference
     * @param messageB the message of b at the difference
     * @param entryB DLedger's index of b's message at the difference, or of the next one; -1 if there is none
     */
    record Difference(long position, String messageA, String messageB, long entryB) {
        static final Difference NONE = new Difference(-1, "", "", -1);
    }
}
