package io.vledger.importer.manifest;

import java.util.HashSet;
import java.util.Set;

/**
 * The names in one of RocketMQ's configuration files, as several members have it. A broker writes such a file with every change and
 * puts the time of the change in it ({@code dataVersion}); slaves copy both every ten seconds. So the file that was written last knows
 * what was deleted, and a file that was written earlier does not speak against it.
 */
final class NamesByMember {
    /** Time of a file that does not say it. */
    static final long UNKNOWN = -1;

    private final Set<String> last = new HashSet<>();
    private final Set<String> undated = new HashSet<>();
    private long lastChangedMs = UNKNOWN;

    /** Adds a member's file. */
    void add(long changedMs, Set<String> names) {
        if (changedMs < 0) {
            undated.addAll(names);
            return;
        }
        if (changedMs > lastChangedMs) {
            last.clear();
            lastChangedMs = changedMs;
        }
        if (changedMs == lastChangedMs) {
            last.addAll(names);
        }
    }

    /** When the file that was written last was changed, milliseconds since the epoch; {@link #UNKNOWN} if no file tells. */
    long lastChangedMs() {
        return lastChangedMs;
    }

    /** Whether the file that was written last does not have a name, and no file of unknown time has it. */
    boolean lacks(String name) {
        return lastChangedMs >= 0 && !last.contains(name) && !undated.contains(name);
    }
}
