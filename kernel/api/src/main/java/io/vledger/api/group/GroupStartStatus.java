package io.vledger.api.group;

import io.vledger.api.origin.FirstStart;
import org.jspecify.annotations.Nullable;

/**
 * How far the start of one group of this node is, until the group is open. The plugin that opens the group offers it as a
 * service under the group's name.
 */
@FunctionalInterface
public interface GroupStartStatus {
    /** As it is now. Any thread. */
    Snapshot now();

    /**
     * At one moment.
     *
     * @param failure why the group is not going to be opened; else empty
     * @param progress what is being done before it can be opened; else empty
     * @param firstStart what its first start waits for; null if it does not wait for other members
     */
    record Snapshot(String failure, String progress, @Nullable FirstStart firstStart) {
        /** Nothing to say: it is being opened, or is open. */
        public static final Snapshot OPENING = new Snapshot("", "", null);

        /** Whether its first start waits for other members. */
        public boolean waits() {
            return failure.isEmpty() && firstStart != null;
        }

        /** What there is to say, as the end of a sentence that begins with the group; else empty. */
        public String text() {
            if (!failure.isEmpty()) {
                return "is not open: " + failure;
            }
            return progress.isEmpty() ? "" : "is not open yet: " + progress;
        }
    }
}
