package io.vledger.importer.format;

import java.nio.file.Path;

/** An old broker's files are not what they must be; names the file, what is wrong and the remedy. */
public final class OriginFileException extends Exception {
    private static final long serialVersionUID = 1L;

    /** About a file or directory. */
    public OriginFileException(Path where, String wrong) {
        super(where + ": " + wrong);
    }

    /** With the cause, for the log file. */
    public OriginFileException(Path where, String wrong, Throwable cause) {
        super(where + ": " + wrong, cause);
    }
}
