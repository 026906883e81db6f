package io.vledger.launcher.exit;

/** Exit codes of the process; those of {@code status} and {@code upgrade-check} are their own. */
public final class ExitCode {
    /** Everything went well. */
    public static final int OK = 0;
    /** Something is wrong; one line on standard error says what. */
    public static final int FAILED = 1;
    /** {@code status} only, whose 1 is an answer: the question itself is wrong. */
    public static final int STATUS_UNUSABLE = 3;

    private ExitCode() {}
}
