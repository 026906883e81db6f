package io.vledger.broker.client;

import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.TopicConfig;
import java.util.function.Consumer;

/**
 * Creates the settings and the retry topic of consumer groups that are seen for the first time. The leader alone proposes, and
 * answers heartbeats once name servers show the retry topic: the client divides the queues next, and looks for the route. What
 * does not come to be in time is tried again with the next heartbeat. Loop only.
 */
final class GroupCreation {
    /** Time for name servers to be told of a new topic, milliseconds. */
    private static final long ROUTE_MS = 200;
    /** Longest time that a heartbeat waits, milliseconds; clients give up after 3 s. */
    private static final long PATIENCE_MS = 1_500;

    private final GroupBroker broker;
    private final Consumer<String> rebalance;

    /**
     * A creator.
     *
     * @param rebalance told a group whose retry topic has become known: a client that looked for its route before would
     *     otherwise do without its retries until it divides the queues by itself, every 20 s
     */
    GroupCreation(GroupBroker broker, Consumer<String> rebalance) {
        this.broker = broker;
        this.rebalance = rebalance;
    }

    /**
     * A heartbeat named this consumer group.
     *
     * @param done told once, at once if there is nothing to wait for
     */
    void seen(String name, Runnable done) {
        if (!broker.state().leads() || SystemNames.systemGroup(name)) {
            done.run();
            return;
        }
        SubscriptionGroup group = broker.metadata().groupOrCreate(name);
        String retryTopic = Names.retryTopic(name);
        if (group != null
                && group.retryQueues() > 0
                && SystemNames.validTopic(retryTopic)
                && broker.state().topics().find(retryTopic) == null) {
            TopicConfig topic = TopicConfig.of(retryTopic, group.retryQueues(), TopicConfig.READ | TopicConfig.WRITE);
            Once once = new Once(done);
            broker.group().schedule(PATIENCE_MS, once);
            broker.metadata().ensureTopic(topic, refusal -> {
                once.run();
                if (refusal == null) {
                    // The first makes clients ask for the route, the second finds it there.
                    broker.group().schedule(ROUTE_MS, () -> rebalance.accept(name));
                    broker.group().schedule(3 * ROUTE_MS, () -> rebalance.accept(name));
                }
            });
        } else {
            broker.routes().await(done); // another heartbeat may just have created it
        }
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
