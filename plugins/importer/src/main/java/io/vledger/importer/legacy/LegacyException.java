package io.vledger.importer.legacy;

import java.nio.file.Path;

/** An old broker's files are not what they must be; names the file, what is wrong and the mend. */
public final class LegacyException extends Exception {
    private static final long serialVersionUID = 1L;

    /** About a file or directory. */
    public LegacyException(Path where, String wrong) {
        super(where + ": " + wrong);
    }

    /** With the cause, for the log file. */
    public LegacyException(Path where, String wrong, Throwable cause) {
        super(where + ": " + wrong, cause);
    }
}
