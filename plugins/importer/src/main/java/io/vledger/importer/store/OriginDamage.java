package io.vledger.importer.store;

import io.vledger.api.store.OriginFiles;
import java.util.ArrayList;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Damage that readers of an old log met, by position, for those who watch the group. Safe for use by any thread. */
final class OriginDamage {
    private static final Logger LOG = LoggerFactory.getLogger(OriginDamage.class);
    /** Of a file that is damaged all over, so many messages are kept in mind. */
    private static final int MAX_KNOWN = 1_000;

    private final String group;
    private final NavigableMap<Long, String> known = new TreeMap<>();
    private long found;
    /** Whether {@link #known} has anything: readers ask for each message. */
    private volatile boolean any;

    OriginDamage(String group) {
        this.group = group;
    }

    /**
     * What lies at a position is not what the old broker wrote. Says so in the log if it is new.
     *
     * @param what file, position and what is wrong there
     */
    void met(long position, String what) {
        synchronized (this) {
            if (known.containsKey(position) || known.size() >= MAX_KNOWN) {
                return;
            }
            known.put(position, what);
            found++;
            any = true;
        }
        LOG.error(
                "{}: damage in the old log: {}. Its readers are refused until another member gives an intact copy; the old"
                        + " broker's file is not written to",
                group,
                what);
    }

    /** What lies at a position is intact: it was repaired, or the file was put back. */
    void intact(long position) {
        if (any) {
            forget(position);
        }
    }

    private synchronized void forget(long position) {
        known.remove(position);
        any = !known.isEmpty();
    }

    /**
     * What is damaged from a position on; what lies before has expired.
     *
     * @param repaired how many messages were repaired
     */
    synchronized OriginFiles.Damage from(long position, long repaired) {
        known.headMap(position, false).clear();
        any = !known.isEmpty();
        return any || found > 0
                ? new OriginFiles.Damage(found, repaired, new ArrayList<>(known.values()))
                : OriginFiles.Damage.NONE;
    }
}
