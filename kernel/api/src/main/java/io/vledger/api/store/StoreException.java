package io.vledger.api.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A store could not do what it was asked; the message names file, position and what an operator can do. */
public sealed class StoreException extends IOException {
    private static final long serialVersionUID = 1L;

    /** A failure with its cause. */
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A failure. */
    public StoreException(String message) {
        super(message);
    }

    /** There is no room; nothing was written of what was asked. Writing may work again later without a restart. */
    public static final class DiskFull extends StoreException {
        private static final long serialVersionUID = 1L;

        /** Names the file that could not grow. */
        public DiskFull(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Bytes that were durable are not what was written. */
    public static final class Damaged extends StoreException {
        private static final long serialVersionUID = 1L;

        private final transient LogStore.@Nullable DamagedRun run;

        /** Names file, position and what is wrong there. */
        public Damaged(String message) {
            super(message);
            this.run = null;
        }

        /** Also says which entries of the log cannot be read because of it. */
        public Damaged(String message, LogStore.DamagedRun run) {
            super(message);
            this.run = run;
        }

        /** The entries of the log that a peer can give back; null if it is not the log that is damaged. */
        public LogStore.@Nullable DamagedRun run() {
            return run;
        }
    }

    /** Damage that this backend cannot repair in place. */
    public static final class NotRepairable extends StoreException {
        private static final long serialVersionUID = 1L;

        /** Says why. */
        public NotRepairable(String message) {
            super(message);
        }
    }

    /** The directory belongs to somebody else: another node, another group, another format or a running process. */
    public static final class Foreign extends StoreException {
        private static final long serialVersionUID = 1L;

        /** Names the directory, who holds it, and the remedy. */
        public Foreign(String message) {
            super(message);
        }
    }

    /** What was asked for is no longer, or not yet, in the log. */
    public static final class OutOfRange extends StoreException {
        private static final long serialVersionUID = 1L;

        /** Names what was asked for and what there is. */
        public OutOfRange(String message) {
            super(message);
        }
    }
}
