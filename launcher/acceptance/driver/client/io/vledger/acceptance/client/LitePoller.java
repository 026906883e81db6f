package io.vledger.acceptance.client;

import io.vledger.acceptance.line.LineWriter;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.exception.MQClientException;

/** Polls a lite pull consumer on a thread of its own and reports what it returns. */
final class LitePoller implements AutoCloseable {
    private static final long POLL_MS = 200;

    private final DefaultLitePullConsumer consumer;
    private final Thread thread;
    private volatile boolean ending;

    LitePoller(DefaultLitePullConsumer consumer, String name, LineWriter wire) {
        this.consumer = consumer;
        this.thread = new Thread(
                () -> {
                    while (!ending) {
                        consumer.poll(POLL_MS).forEach(message -> wire.write(Messages.event(name, message)));
                    }
                },
                "poll-" + name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Commits what has been polled, and sends it to the broker at once. */
    void commit(String topic) throws MQClientException {
        consumer.commit(Set.copyOf(consumer.fetchMessageQueues(topic)), true);
    }

    @Override
    public void close() {
        ending = true;
        Threads.join(thread);
        consumer.shutdown();
    }
}
