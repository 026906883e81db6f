package io.vledger.importer.inspect;

/**
 * Something about an old broker's data that decides, or that a person should know. What follows from it is decided by its kind, never
 * by its text.
 *
 * @param kind what it is
 * @param text for people: where it is, what it is, and what to do about it
 */
public record Finding(Kind kind, String text) {
    /** What a finding means for the member that has it. */
    public enum Weight {
        /** The data cannot be taken over, and no other member's copy replaces it unless somebody names that member as the source. */
        REFUSAL,
        /** The data cannot be the source, and its reader takes a whole copy from another member if one has it. */
        DAMAGE,
        /** Nothing follows from it. */
        NOTE
    }

    /** Kinds of findings. */
    public enum Kind {
        /** A broker runs on the store: nothing that was read is certain, whichever member is the source. */
        HELD_BY_RUNNING_BROKER(Weight.REFUSAL),
        /** A setting, a feature or a form of a file that is not taken over. */
        UNSUPPORTED(Weight.REFUSAL),
        /** A file that cannot be read, or is not what its name says. */
        UNREADABLE(Weight.REFUSAL),
        /** Files of a log are missing in between, cut, or of different sizes. */
        GAP(Weight.REFUSAL),
        /** Two logs of one store that contradict each other. */
        CONFLICTING_LOGS(Weight.REFUSAL),
        /** Something points into a log that is not there. */
        MISSING_LOG(Weight.REFUSAL),
        /** A message is damaged, and whole ones follow. */
        DAMAGED(Weight.DAMAGE),
        /** Something points behind the log's end. */
        CUT_SHORT(Weight.DAMAGE),
        /** Bytes behind the end that an unfinished write left. */
        TORN_TAIL(Weight.NOTE),
        /** Something that is kept and not acted on. */
        KEPT(Weight.NOTE),
        /** A topic that was deleted by this member's own file; all members' files together may say otherwise. */
        DELETED_TOPIC(Weight.NOTE),
        /** When retention will delete what. */
        RETENTION(Weight.NOTE),
        /** Anything else that a person should know. */
        NOTE(Weight.NOTE);

        private final Weight weight;

        Kind(Weight weight) {
            this.weight = weight;
        }

        /** What follows from it. */
        public Weight weight() {
            return weight;
        }
    }

    /** Whether it forbids taking the data over. */
    public boolean refuses() {
        return kind.weight == Weight.REFUSAL;
    }

    /** Whether nothing follows from it. */
    public boolean notes() {
        return kind.weight == Weight.NOTE;
    }
}
