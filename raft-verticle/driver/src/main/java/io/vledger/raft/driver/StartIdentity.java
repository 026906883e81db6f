package io.vledger.raft.driver;

/** Distinguishes a start of this node on its directory from every other start, and from one on a copy of the directory. */
public interface StartIdentity {
    /** A new incarnation, greater than all earlier ones of this node. */
    long newIncarnation();

    /** A random number for this start. */
    long newRun();

    /**
     * Whether the mark that an earlier start left is still in the directory and is no copy. Blocks.
     *
     * @param mark what {@link #leaveMark} returned then
     */
    boolean isOriginal(String mark);

    /**
     * Leaves the mark of this start, durable on return; the one before stays until the next. Blocks.
     *
     * @param before mark of the previous start; empty if there was none
     * @param run number of this start
     * @return what distinguishes the mark from a copy; {@code before} if none could be left, empty if there is none
     */
    String leaveMark(String before, long run);
}
