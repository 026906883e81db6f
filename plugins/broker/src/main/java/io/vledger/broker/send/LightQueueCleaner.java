package io.vledger.broker.send;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.store.LogStore;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.LightQueues;
import io.vledger.broker.state.Topic;

/**
 * Has light queues removed whose messages retention has all deleted, so that names that are used once do not use up the bound; RocketMQ's clean-up does the
 * same. A leader's, once a minute; loop only.
 */
public final class LightQueueCleaner {
    private static final long INTERVAL_MS = 60_000;
    /** Most queues that a pass removes. */
    private static final int MAX_REMOVALS = 1_000;

    private final Group group;
    private final BrokerState state;
    private final LogStore log;
    private final LightQueues queues;
    private final MetadataProposals metadata;

    /** For one group. */
    public LightQueueCleaner(
            Group group, BrokerState state, LogStore log, LightQueues queues, MetadataProposals metadata) {
        this.log = log;
        this.group = group;
        this.state = state;
        this.queues = queues;
        this.metadata = metadata;
    }

    /** Starts the passes. Once. */
    public void start() {
        group.schedule(INTERVAL_MS, this::pass);
    }

    private void pass() {
        if (state.leads()) {
            long first = log.firstPosition();
            queues.all().stream()
                    .filter(topic -> !topic.deleting() && queues.lastPosition(topic.name()) < first)
                    .limit(MAX_REMOVALS)
                    .map(Topic::name)
                    .toList()
                    .forEach(name -> metadata.deleteTopic(name, Completion.NONE));
        }
        group.schedule(INTERVAL_MS, this::pass);
    }
}
