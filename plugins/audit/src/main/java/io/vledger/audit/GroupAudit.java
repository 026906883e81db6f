package io.vledger.audit;

import io.vertx.core.json.JsonObject;
import io.vledger.api.health.Health;
import io.vledger.api.store.StoreException;
import io.vledger.api.tap.CommittedMessages;
import java.io.IOException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows one group. {@link #step} on the plugin's thread; the figures on any. */
final class GroupAudit {
    private static final Logger LOG = LoggerFactory.getLogger(GroupAudit.class);
    private static final int STEP_BYTES = 1 << 20;

    private final CommittedMessages source;
    private final Settings settings;
    private final AuditFile file;
    private long next;
    private long noted;
    private final LongAdder lines = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private volatile long behind;
    private volatile String fault = "";

    GroupAudit(CommittedMessages source, Settings settings) throws IOException {
        this.source = source;
        this.settings = settings;
        this.file = new AuditFile(settings, source.group());
        long reached = file.next();
        this.next = reached > 0 ? reached : settings.fromBeginning() ? 1 : source.lastIndex() + 1;
    }

    CommittedMessages source() {
        return source;
    }

    /** What follows from a step. */
    enum Step {
        /** There may be more to read at once. */
        MORE,
        /** Everything is read. */
        DONE,
        /** It could not be read or written; to be tried again in a while. */
        RETRY
    }

    /** Reads on. */
    Step step() {
        try {
            skipWhatIsGone();
            long last = source.lastIndex();
            behind = Math.max(0, last - next + 1);
            if (next > last) {
                note();
                return Step.DONE;
            }
            next = source.read(next, STEP_BYTES, settings::wants, message -> {
                if (!file.has(message)) {
                    file.write(message);
                    lines.increment();
                }
            });
            fault = "";
            return Step.MORE;
        } catch (StoreException.OutOfRange gone) {
            return Step.RETRY; // retention was faster, which the next step sees
        } catch (IOException | RuntimeException e) {
            String words = String.valueOf(e.getMessage());
            if (!words.equals(fault)) {
                LOG.warn("audit of group {} waits: {}", source.group(), words);
            }
            fault = words;
            return Step.RETRY;
        }
    }

    private void skipWhatIsGone() {
        long first = source.firstIndex();
        if (next < first) {
            skipped.add(first - next);
            LOG.warn(
                    "audit of group {}: entries {} to {} were deleted by retention before they were read",
                    source.group(),
                    next,
                    first - 1);
            next = first;
        }
    }

    private void note() throws IOException {
        if (noted != next) {
            file.reached(next - 1);
            noted = next;
        }
    }

    long lines() {
        return lines.sum();
    }

    long skipped() {
        return skipped.sum();
    }

    long behind() {
        return behind;
    }

    Health health() {
        return new Health(
                true,
                true,
                true,
                new JsonObject()
                        .put("lines", lines.sum())
                        .put("lagEntries", behind)
                        .put("failure", fault));
    }

    void close() {
        try {
            note();
            file.close();
        } catch (IOException e) {
            LOG.warn("audit of group {}: {}", source.group(), e.getMessage());
        }
    }
}
