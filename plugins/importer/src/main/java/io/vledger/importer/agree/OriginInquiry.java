package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vledger.importer.manifest.OriginManifest;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the members that held old data whether their old brokers ran again: before this member takes part in forming the group, and
 * afterwards those that could not be asked, for as long as it takes. {@link OriginConfirmation} decides what follows.
 */
final class OriginInquiry {
    private static final Logger LOG = LoggerFactory.getLogger(OriginInquiry.class);
    private static final int ASK_AGAIN_MS = 1_000;

    private final String group;
    private final Set<String> peers;
    private final PeerQueries queries;
    private final long graceMs;
    private final Promise<String> objection = Promise.promise();
    private volatile boolean closed;
    /** Members that held old data and could not be asked. */
    private volatile Set<String> unasked = Set.of();

    /** What the one who asks does between two queries. */
    interface Waiting {
        /** Tells what it waits for; {@code phase} changes when that does. */
        void report(String phase, String text);

        /** Waits for a moment; throws if this node is stopping. */
        void pause() throws IOException;
    }

    /**
     * Of one group on one member.
     *
     * @param peers the other members
     * @param graceMs how long members that held old data and do not answer are waited for
     */
    OriginInquiry(String group, Set<String> peers, PeerQueries queries, long graceMs) {
        this.group = group;
        this.peers = Set.copyOf(peers);
        this.queries = queries;
        this.graceMs = graceMs;
    }

    /** The other members that held the data of a manifest. */
    Set<String> holders(OriginManifest manifest) {
        Set<String> holders = new TreeSet<>(
                manifest.holders().isEmpty() ? peers : manifest.holders().keySet());
        holders.retainAll(peers);
        return holders;
    }

    /** Blocks until every one of these members says that its old broker did not run again, or was waited for long enough. */
    void confirm(Set<String> holders, Waiting waiting) throws IOException {
        long begunNs = System.nanoTime();
        while (true) {
            long waitedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNs);
            OriginConfirmation.Outcome outcome =
                    OriginConfirmation.decide(holders, queries.origins(peers), waitedMs >= graceMs);
            if (outcome instanceof OriginConfirmation.Go go) {
                unasked = go.unasked();
                if (!unasked.isEmpty()) {
                    LOG.warn(
                            "group {}: {} held the old broker's data and cannot be asked whether that broker ran again; the"
                                    + " group starts without it, and asks again",
                            group,
                            unasked);
                }
                return;
            }
            if (outcome instanceof OriginConfirmation.Stop stop) {
                waiting.report(
                        "ran again " + stop.problems(),
                        "the group is not formed until somebody decides: " + String.join("; ", stop.problems()));
            } else {
                waiting.report(
                        "asking",
                        "asking the members that held the old broker's data, " + holders
                                + ", whether it ran again, for " + graceMs + " ms at most");
            }
            waiting.pause();
        }
    }

    /** Whether everybody was asked. */
    boolean confirmed() {
        return unasked.isEmpty();
    }

    /**
     * Asks those that could not be asked, from time to time.
     *
     * @param confirmed runs once everybody was asked and nothing was found
     */
    void askLater(Vertx vertx, WorkerExecutor workers, Runnable confirmed) {
        vertx.setTimer(ASK_AGAIN_MS, timer -> {
            if (!closed) {
                workers.executeBlocking(() -> queries.origins(peers), false)
                        .onSuccess(answers -> askedLater(answers, vertx, workers, confirmed));
            }
        });
    }

    private void askedLater(
            Map<String, OriginStatus> answers, Vertx vertx, WorkerExecutor workers, Runnable confirmed) {
        OriginConfirmation.Outcome outcome = OriginConfirmation.decide(unasked, answers, false);
        if (closed) {
            return;
        }
        if (outcome instanceof OriginConfirmation.Stop stop) {
            objection.tryComplete("closed until somebody decides, since it was formed without asking " + unasked + ": "
                    + String.join("; ", stop.problems()) + ". Then start this node again");
        } else if (outcome instanceof OriginConfirmation.Go) {
            LOG.info("group {}: {} can be asked now, and the old broker did not run again", group, unasked);
            unasked = Set.of();
            confirmed.run();
        } else {
            askLater(vertx, workers, confirmed);
        }
    }

    /** Completes, with a text for people, if the group must be closed although it was opened. */
    Future<String> objection() {
        return objection.future();
    }

    /** Asks nobody from now on. */
    void close() {
        closed = true;
    }
}
