package io.vledger.acceptance.proxy;

import io.vledger.acceptance.line.Line;
import io.vledger.acceptance.line.Pace;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.PushConsumer;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;

/** What figures are made of: many sends, many receives with acknowledgements, and how long messages take at a given rate. */
final class FigureCommands {
    private static final long LIMIT_MS = 55_000;
    private static final int IN_FLIGHT = 256;
    private static final int RECEIVERS = 8;
    private static final int RECEIVED_AT_ONCE = 32;
    private static final Duration AWAIT = Duration.ofSeconds(5);
    private static final Duration INVISIBLE = Duration.ofMinutes(1);

    private final ClientServiceProvider provider;
    private final ClientConfiguration configuration;
    private final StartedClients clients;
    /** Not closed: each would wait for its last request for 20 s. */
    private final List<PushConsumer> pushConsumers = new CopyOnWriteArrayList<>();

    FigureCommands(ClientServiceProvider provider, ClientConfiguration configuration) {
        this.provider = provider;
        this.configuration = configuration;
        this.clients = new StartedClients(provider, configuration, AWAIT);
    }

    private Message message(String topic, byte[] body) {
        return provider.newMessageBuilder().setTopic(topic).setBody(body).build();
    }

    /** Sends {@code count} messages of {@code bytes}, many at once; answers how many were taken, and how many sends failed. */
    Line flood(Line line) throws ClientException, InterruptedException {
        String topic = line.text("topic");
        Producer producer = clients.producer(topic);
        byte[] body = new byte[(int) line.number("bytes")];
        Semaphore room = new Semaphore(IN_FLIGHT);
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        for (int i = 0; i < line.number("count"); i++) {
            room.acquire();
            var unused = producer.sendAsync(message(topic, body)).whenComplete((receipt, failure) -> {
                (failure == null ? sent : failed).incrementAndGet();
                room.release();
            });
        }
        if (!room.tryAcquire(IN_FLIGHT, LIMIT_MS, TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException("sends are neither acknowledged nor failed");
        }
        return Line.of(line.number(), Line.OK, "sent", sent.get(), "failed", failed.get());
    }

    private SimpleConsumer consumer(Line line) throws ClientException {
        return clients.consumer(line.text("group"), line.text("topic"), FilterExpression.SUB_ALL);
    }

    /** Has a group receive once, in vain: from now on it is given what is sent. */
    Line join(Line line) throws ClientException {
        return Line.of(
                line.number(),
                Line.OK,
                "count",
                consumer(line).receive(1, INVISIBLE).size());
    }

    /** Receives {@code count} messages by several threads, and acknowledges each by itself; answers how many, and how many failed. */
    Line consume(Line line) throws Exception {
        SimpleConsumer ready = consumer(line);
        long count = line.number("count");
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        AtomicInteger acked = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        Callable<Void> receives = () -> {
            while (acked.get() < count && System.nanoTime() < endNs) {
                receive(ready, acked, failed);
            }
            return null;
        };
        ExecutorService threads = Executors.newFixedThreadPool(RECEIVERS);
        try {
            for (Future<Void> each : threads.invokeAll(
                    Stream.generate(() -> receives).limit(RECEIVERS).toList())) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
        return Line.of(line.number(), Line.OK, "acked", acked.get(), "failed", failed.get());
    }

    private static void receive(SimpleConsumer consumer, AtomicInteger acked, AtomicInteger failed)
            throws InterruptedException {
        List<MessageView> messages;
        try {
            messages = consumer.receive(RECEIVED_AT_ONCE, INVISIBLE);
        } catch (ClientException | RuntimeException refused) {
            System.err.println("receives again after " + refused);
            return;
        }
        Semaphore done = new Semaphore(0);
        for (MessageView message : messages) {
            var unused = consumer.ackAsync(message).whenComplete((ok, failure) -> {
                (failure == null ? acked : failed).incrementAndGet();
                done.release();
            });
        }
        done.acquire(messages.size());
    }

    /**
     * Sends {@code rate} messages of {@code bytes} a second for {@code seconds} to a push consumer; answers how many it was given, and the
     * microseconds from the call of send to the listener, without those of the first {@code warmup} seconds.
     */
    Line latency(Line line) throws Exception {
        String topic = line.text("topic");
        int rate = (int) line.number("rate");
        int count = rate * (int) line.number("seconds");
        int first = rate * (int) line.number("warmup");
        long[] tookNs = new long[count];
        AtomicInteger given = new AtomicInteger();
        pushConsumers.add(provider.newPushConsumerBuilder()
                .setClientConfiguration(configuration)
                .setConsumerGroup(line.text("group"))
                .setSubscriptionExpressions(Map.of(topic, FilterExpression.SUB_ALL))
                .setMessageListener(message -> {
                    ByteBuffer body = message.getBody();
                    int number = body.getInt();
                    tookNs[number] = System.nanoTime() - body.getLong();
                    if (number >= first) {
                        given.incrementAndGet();
                    }
                    return ConsumeResult.SUCCESS;
                })
                .build());
        Producer producer = clients.producer(topic);
        long beganNs = System.nanoTime();
        for (int i = 0; i < count; i++) {
            Pace.until(beganNs + TimeUnit.SECONDS.toNanos(i) / rate);
            ByteBuffer body = ByteBuffer.allocate((int) line.number("bytes"));
            body.putInt(i).putLong(System.nanoTime());
            var unused = producer.sendAsync(message(topic, body.array()));
        }
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (given.get() < count - first && System.nanoTime() < endNs) {
            Pace.until(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(10));
        }
        long[] sorted = Arrays.stream(tookNs, first, count)
                .filter(ns -> ns > 0)
                .sorted()
                .toArray();
        return Line.of(
                line.number(),
                Line.OK,
                "count",
                count - first,
                "given",
                given.get(),
                "p50Us",
                sorted[sorted.length / 2] / 1_000,
                "p99Us",
                sorted[sorted.length * 99 / 100] / 1_000,
                "maxUs",
                sorted[sorted.length - 1] / 1_000);
    }
}
