package io.vledger.broker.client;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.PublishedRoutes;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.TopicConfig;
import io.vledger.protocol.Permission;

/**
 * Creates the settings and the retry topic of consumer groups that are seen for the first time. Only the leader proposes, and
 * answers heartbeats once name servers publish the retry topic: the client divides the queues next, and looks for the route. What
 * is not created in time is tried again with the next heartbeat. Loop only.
 */
public final class GroupCreator implements BrokerListener {
    /** Time for name servers to learn of a new topic, milliseconds. */
    private static final long ROUTE_MS = 200;
    /** Longest time that a heartbeat waits, milliseconds; clients give up after 3 s. */
    private static final long MAX_WAIT_MS = 1_500;

    private final Group group;
    private final BrokerState state;
    private final MetadataProposals metadata;
    private final PublishedRoutes routes;
    private final ConsumerRegistry consumers;

    /** For one group; to be registered with the state. */
    public GroupCreator(
            Group group,
            BrokerState state,
            MetadataProposals metadata,
            PublishedRoutes routes,
            ConsumerRegistry consumers) {
        this.group = group;
        this.state = state;
        this.metadata = metadata;
        this.routes = routes;
        this.consumers = consumers;
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        if (role == GroupRole.LEADER) {
            // Not from within the change itself: the state hears of it before the group takes proposals.
            group.schedule(1, () -> consumers.groups().forEach(online -> seen(online.name(), () -> {})));
        }
    }

    /**
     * Creates what a consumer group lacks.
     *
     * @param name a group that a heartbeat named
     * @param done run once; at once if there is nothing to wait for
     */
    public void seen(String name, Runnable done) {
        if (!state.leads() || SystemNames.systemGroup(name)) {
            done.run();
            return;
        }
        SubscriptionGroup settings = metadata.groupOrCreate(name);
        String retryTopic = NameChecks.retryTopic(name);
        if (settings != null
                && settings.retryQueues() > 0
                && SystemNames.validTopic(retryTopic)
                && state.topics().find(retryTopic) == null) {
            TopicConfig topic = TopicConfig.of(retryTopic, settings.retryQueues(), Permission.READ_WRITE)
                    .withSysFlag(unit(name) ? TopicConfig.UNIT_SUBSCRIPTION : 0);
            Once once = new Once(done);
            group.schedule(MAX_WAIT_MS, once);
            metadata.ensureTopic(topic, refusal -> {
                once.run();
                if (refusal == null) {
                    // A client that looked for the route before would do without its retries until it
                    // divides the queues by itself, every 20 s. The first notice makes it ask for the
                    // route, the second finds it there.
                    group.schedule(ROUTE_MS, () -> consumers.rebalance(name));
                    group.schedule(3 * ROUTE_MS, () -> consumers.rebalance(name));
                }
            });
        } else {
            routes.await(done); // another heartbeat may just have created it
        }
    }

    private boolean unit(String name) {
        ConsumerGroup online = consumers.group(name);
        return online != null && online.unitMode();
    }

    /** Runs something the first time it is run. */
    private static final class Once implements Runnable {
        private final Runnable task;
        private boolean ran;

        Once(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            if (!ran) {
                ran = true;
                task.run();
            }
        }
    }
}
