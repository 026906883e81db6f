package io.vledger.acceptance.proxy;

import io.vledger.acceptance.line.Line;
import io.vledger.acceptance.line.LineWriter;
import io.vledger.acceptance.line.Pace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientConfigurationBuilder;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.StaticSessionCredentialsProvider;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.FilterExpressionType;
import org.apache.rocketmq.client.apis.consumer.PushConsumer;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.message.MessageBuilder;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;

/** Reads commands from the standard input until it ends, and runs clients that are connected to a proxy. */
public final class ProxyDriver {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(6);
    private static final Duration SEND_LIMIT = Duration.ofSeconds(60);
    private static final Duration AWAIT = Duration.ofSeconds(3);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final ClientServiceProvider provider = ClientServiceProvider.loadService();
    private final ClientConfiguration configuration;
    private final LineWriter out;
    private final Map<String, Command> commands = new HashMap<>();
    private final StartedClients clients;
    private final Map<String, MessageView> received = new ConcurrentHashMap<>();
    private final List<PushConsumer> pushConsumers = new ArrayList<>();
    private final Map<String, CountDownLatch> works = new ConcurrentHashMap<>();

    @FunctionalInterface
    private interface Command {
        Line run(Line line) throws Exception;
    }

    private ProxyDriver(String endpoints, PrintStream out) {
        this.out = new LineWriter(out);
        ClientConfigurationBuilder configured = ClientConfiguration.newBuilder()
                .setEndpoints(endpoints)
                .enableSsl(false)
                .setRequestTimeout(REQUEST_LIMIT);
        String user = System.getProperty("acceptance.accessKey", "");
        if (!user.isEmpty()) {
            configured.setCredentialProvider(
                    new StaticSessionCredentialsProvider(user, System.getProperty("acceptance.secretKey", "")));
        }
        configuration = configured.build();
        clients = new StartedClients(provider, configuration, AWAIT);
        commands.put("send", this::send);
        commands.put("push", this::push);
        commands.put("release", this::release);
        commands.put("receive", this::receive);
        commands.put("ack", this::ack);
        commands.put("change", this::change);
        ProducerCommands more = new ProducerCommands(provider, configuration);
        commands.put("delay", more::delay);
        commands.put("recall", more::recall);
        commands.put("transact", more::transact);
        commands.put("load", more::load);
        commands.put("stopLoad", more::stopLoad);
        FigureCommands figures = new FigureCommands(provider, configuration);
        commands.put("flood", figures::flood);
        commands.put("join", figures::join);
        commands.put("consume", figures::consume);
        commands.put("latency", figures::latency);
        CallCommands calls = new CallCommands();
        commands.put("call", calls::call);
        commands.put("variants", calls::variants);
        commands.put("drain", this::drain);
        commands.put("ping", line -> Line.of(line.number(), Line.OK));
    }

    /**
     * Runs until the standard input ends. Clients are not closed: a push consumer would wait for its last request for 20 s.
     *
     * @param arguments the proxy's address
     */
    public static void main(String[] arguments) throws IOException {
        PrintStream out = System.out;
        // What the client libraries print must not come between the lines of the protocol.
        System.setOut(System.err);
        new ProxyDriver(arguments[0], out).serve();
        Runtime.getRuntime().halt(0);
    }

    private void serve() throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            Line line = Line.parse(text);
            threads.execute(() -> out.write(answer(line)));
        }
    }

    /** The root of every command: whatever it throws becomes its answer. */
    private Line answer(Line line) {
        Command command = commands.get(line.verb());
        try {
            return command == null
                    ? Line.of(line.number(), Line.ERROR, "message", "unknown command " + line.verb())
                    : command.run(line);
        } catch (Exception failure) {
            return Line.of(
                    line.number(),
                    Line.ERROR,
                    "type",
                    failure.getClass().getSimpleName(),
                    "code",
                    0,
                    "message",
                    messages(failure));
        }
    }

    /** Of a failure and its causes: a client that does not start names the reason in the last one. */
    private static String messages(Throwable failure) {
        StringBuilder all = new StringBuilder(String.valueOf(failure.getMessage()));
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            all.append(": ").append(cause.getMessage());
        }
        return all.toString();
    }

    /** Sends {@code count} messages whose bodies are {@code prefix} and a number, in order if {@code messageGroup} is given. */
    private Line send(Line line) throws ClientException {
        String topic = line.text("topic");
        Producer producer = clients.producer(topic);
        for (int i = 0; i < line.number("count"); i++) {
            MessageBuilder message = provider.newMessageBuilder()
                    .setTopic(topic)
                    .setTag(line.text("tag", "a"))
                    .setBody((line.text("prefix") + i).getBytes(StandardCharsets.UTF_8));
            if (!line.text("color", "").isEmpty()) {
                message.addProperty("color", line.text("color"));
            }
            if (!line.text("messageGroup", "").isEmpty()) {
                message.setMessageGroup(line.text("messageGroup"));
            }
            sendUntilTaken(producer, attempt -> message.build());
        }
        return Line.of(line.number(), Line.OK);
    }

    /** The proxy learns of another leader at its next look at the routes; a producer does not wait so long. Answers how often it failed. */
    static int sendUntilTaken(Producer producer, IntFunction<Message> message) throws ClientException {
        long endNs = System.nanoTime() + SEND_LIMIT.toNanos();
        int failed = 0;
        while (true) {
            try {
                producer.send(message.apply(failed));
                return failed;
            } catch (ClientException | RuntimeException failure) {
                // With a single attempt, client-java throws what gRPC does.
                failed++;
                if (System.nanoTime() > endNs) {
                    throw failure;
                }
                pause();
            }
        }
    }

    /** Between attempts that fail at once, since nobody listens. */
    private static void pause() {
        Pace.until(System.nanoTime() + PAUSE.toNanos());
    }

    /** A push consumer that fails each message until it has been delivered {@code fail} times, and works on it until {@code held} ends. */
    private Line push(Line line) throws ClientException {
        String name = line.text("name");
        long fail = line.number("fail", 0);
        CountDownLatch work = works.computeIfAbsent(name, each -> new CountDownLatch(line.flag("held") ? 1 : 0));
        pushConsumers.add(provider.newPushConsumerBuilder()
                .setClientConfiguration(configuration)
                .setConsumerGroup(line.text("group"))
                .setSubscriptionExpressions(Map.of(line.text("topic"), filter(line)))
                .setMessageListener(message -> {
                    out.write(new Line(Line.EVENT, "message", describe(name, message)));
                    await(work);
                    return message.getDeliveryAttempt() > fail ? ConsumeResult.SUCCESS : ConsumeResult.FAILURE;
                })
                .build());
        return Line.of(line.number(), Line.OK);
    }

    private static void await(CountDownLatch work) {
        try {
            work.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** Ends what a push consumer with {@code held} works on. */
    private Line release(Line line) {
        Objects.requireNonNull(works.get(line.text("name")), "no such consumer").countDown();
        return Line.of(line.number(), Line.OK);
    }

    private static FilterExpression filter(Line line) {
        String sql = line.text("sql", "");
        return sql.isEmpty()
                ? new FilterExpression(line.text("tags", "*"))
                : new FilterExpression(sql, FilterExpressionType.SQL92);
    }

    private static Map<String, String> describe(String name, MessageView message) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("name", name);
        values.put("body", body(message));
        values.put("attempt", Integer.toString(message.getDeliveryAttempt()));
        values.put("receivedMs", Long.toString(System.currentTimeMillis()));
        return values;
    }

    private static String body(MessageView message) {
        ByteBuffer body = message.getBody();
        return StandardCharsets.UTF_8.decode(body).toString();
    }

    private Line receive(Line line) throws ClientException {
        SimpleConsumer consumer = simpleConsumer(line);
        List<String> bodies = new ArrayList<>();
        for (MessageView message :
                consumer.receive((int) line.number("max"), Duration.ofMillis(line.number("invisibleMs")))) {
            String body = body(message);
            received.put(body, message);
            bodies.add(body + ":" + message.getDeliveryAttempt());
        }
        return Line.of(line.number(), Line.OK, "bodies", String.join(";", bodies));
    }

    private SimpleConsumer simpleConsumer(Line line) throws ClientException {
        return clients.consumer(line.text("group"), line.text("topic"), filter(line));
    }

    /** Receives and acknowledges from now on, and tells of each message, and of each that comes back although it was acknowledged. */
    private Line drain(Line line) throws ClientException {
        SimpleConsumer consumer = simpleConsumer(line);
        String name = line.text("name");
        Set<String> acknowledged = new HashSet<>();
        Thread drains = new Thread(() -> {
            while (true) {
                try {
                    for (MessageView message :
                            consumer.receive((int) line.number("max"), Duration.ofMillis(line.number("invisibleMs")))) {
                        boolean back = acknowledged.contains(body(message));
                        out.write(new Line(Line.EVENT, "message", describe(back ? name + "-back" : name, message)));
                        consumer.ack(message);
                        acknowledged.add(body(message));
                    }
                } catch (ClientException | RuntimeException failed) {
                    System.err.println("receives again after " + failed);
                    pause();
                }
            }
        });
        drains.setDaemon(true);
        drains.start();
        return Line.of(line.number(), Line.OK);
    }

    private Line ack(Line line) throws ClientException {
        consumer(line).ack(message(line));
        return Line.of(line.number(), Line.OK);
    }

    private Line change(Line line) throws ClientException {
        consumer(line).changeInvisibleDuration(message(line), Duration.ofMillis(line.number("invisibleMs")));
        return Line.of(line.number(), Line.OK);
    }

    private SimpleConsumer consumer(Line line) {
        return clients.consumer(line.text("group"));
    }

    private MessageView message(Line line) {
        return Objects.requireNonNull(received.get(line.text("body")), "no such message");
    }
}
