package io.vledger.raft.driver;

/** What makes one start of this node on its directory different from every other start, and from a copy of the directory. */
public interface StartIdentity {
    /** A number for a new memory: greater than all that were given before on this node. */
    long newIncarnation();

    /** A random number for this start. */
    long newRun();

    /**
     * Whether the mark that an earlier start left is still in the directory and is no copy. Blocks.
     *
     * @param mark what {@link #leaveMark} said then
     */
    boolean stands(String mark);

    /**
     * Leaves the mark of this start, durable on return; the one before stays until the next. Blocks.
     *
     * @param before what the start before left; empty if there was none
     * @param run number of this start
     * @return what tells the mark from a copy; {@code before} if none could be left, empty if there is none
     */
    String leaveMark(String before, long run);
}
