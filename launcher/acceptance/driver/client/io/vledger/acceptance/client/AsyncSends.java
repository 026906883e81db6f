package io.vledger.acceptance.client;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/** Sends asynchronously, so many at once at most, and counts what becomes of them. One thread sends. */
final class AsyncSends {
    private final DefaultMQProducer producer;
    private final int inFlight;
    private final int timeoutMs;
    private final AtomicLong acked;
    private final AtomicLong failed;
    private final Semaphore room;

    /**
     * Nothing is sent yet. The counters may be read by others meanwhile.
     *
     * @param timeoutMs how long a send may take
     */
    AsyncSends(DefaultMQProducer producer, int inFlight, int timeoutMs, AtomicLong acked, AtomicLong failed) {
        producer.setSendMsgTimeout(timeoutMs);
        this.producer = producer;
        this.inFlight = inFlight;
        this.timeoutMs = timeoutMs;
        this.acked = acked;
        this.failed = failed;
        this.room = new Semaphore(inFlight);
    }

    /** Waits for room, and sends. */
    void send(Message message) throws Exception {
        room.acquire();
        producer.send(message, new SendCallback() {
            @Override
            public void onSuccess(SendResult sent) {
                acked.incrementAndGet();
                room.release();
            }

            @Override
            public void onException(Throwable failure) {
                failed.incrementAndGet();
                room.release();
            }
        });
    }

    /** Waits until each has been acknowledged or has failed. */
    void finish() throws InterruptedException {
        if (!room.tryAcquire(inFlight, timeoutMs, TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException("sends are neither acknowledged nor failed");
        }
    }
}
