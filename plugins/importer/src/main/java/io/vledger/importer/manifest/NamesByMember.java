package io.vledger.importer.manifest;

import io.vledger.importer.inspect.NameVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The names in one of RocketMQ's configuration files, as several members have it. A broker writes such a file with every change, puts the
 * time of the change in it and counts it ({@code dataVersion}). Slaves copy the master's every ten seconds, version and all. In between
 * they change their own: a consumer's heartbeat to a slave creates its group and its retry topic there. So the file that was changed last
 * knows what was deleted, unless it may be a slave's that had not yet copied what another member's file has: of that it knows nothing.
 */
final class NamesByMember {
    /** Time of a file that does not say it. */
    static final long UNKNOWN = -1;

    /** Two of the slaves' intervals, and what a copy and two clocks may take. */
    private static final long COPY_MS = 25_000;

    private final List<NamesFile> files = new ArrayList<>();

    /**
     * What one member's file says.
     *
     * @param changedMs when it was changed, milliseconds since the epoch; {@link #UNKNOWN} if it does not say it
     * @param changes how many changes it has seen, its own and those of the file that it was copied from; 0 if it does not say it
     * @param names the names in it
     */
    record NamesFile(long changedMs, long changes, Set<String> names) {
        NamesFile {
            names = Set.copyOf(names);
        }
    }

    /** Adds a member's file. */
    void add(NamesFile file) {
        files.add(file);
    }

    /** When the file that was changed last was changed, milliseconds since the epoch; {@link #UNKNOWN} if no file tells. */
    long lastChangedMs() {
        return files.stream().mapToLong(NamesFile::changedMs).max().orElse(UNKNOWN);
    }

    /** What is to be believed of a name. */
    NameVerdict verdict(String name) {
        long lastMs = lastChangedMs();
        if (lastMs < 0 || files.stream().anyMatch(file -> exists(file, name, lastMs))) {
            return NameVerdict.EXISTS;
        }
        long changes = files.stream()
                .filter(file -> file.changedMs == lastMs)
                .mapToLong(NamesFile::changes)
                .max()
                .orElseThrow();
        boolean uncertain = files.stream()
                .filter(file -> file.names.contains(name))
                .anyMatch(file -> file.changes >= changes || file.changedMs > lastMs - COPY_MS);
        return uncertain ? NameVerdict.UNCERTAIN : NameVerdict.DELETED;
    }

    private static boolean exists(NamesFile file, String name, long lastMs) {
        return file.names.contains(name) && (file.changedMs < 0 || file.changedMs == lastMs);
    }
}
