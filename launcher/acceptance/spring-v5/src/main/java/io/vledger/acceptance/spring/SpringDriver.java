package io.vledger.acceptance.spring;

import io.vledger.acceptance.line.Line;
import io.vledger.acceptance.line.LineWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.core.RocketMQClientTemplate;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Sends with the template of RocketMQ's starter, as lines of the standard input say, until that ends; {@link Listener} tells what comes. The
 * properties of the application are the arguments, as {@code --rocketmq.producer.endpoints=127.0.0.1:8081}.
 */
@SpringBootApplication
public class SpringDriver {
    private static final PrintStream OUT = System.out;

    /** Runs until the standard input ends. */
    public static void main(String[] arguments) throws IOException {
        // What Spring prints must not come between the lines of the protocol.
        System.setOut(System.err);
        LineWriter lines = new LineWriter(OUT);
        SpringApplication application = new SpringApplication(SpringDriver.class);
        application.addInitializers(context -> context.getBeanFactory().registerSingleton("lines", lines));
        ConfigurableApplicationContext context = application.run(arguments);
        RocketMQClientTemplate template = context.getBean(RocketMQClientTemplate.class);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            lines.write(answer(template, Line.parse(text)));
        }
        Runtime.getRuntime().halt(0);
    }

    /** The root of every command: whatever it throws becomes its answer. */
    private static Line answer(RocketMQClientTemplate template, Line line) {
        try {
            send(template, line);
            return Line.of(line.number(), Line.OK);
        } catch (ClientException | RuntimeException failure) {
            return Line.of(
                    line.number(),
                    Line.ERROR,
                    "type",
                    failure.getClass().getSimpleName(),
                    "code",
                    0,
                    "message",
                    String.valueOf(failure.getMessage()));
        }
    }

    /** Sends a message as the verb says. */
    private static void send(RocketMQClientTemplate template, Line line) throws ClientException {
        String topic = line.text("topic");
        String body = line.text("body");
        switch (line.verb()) {
            case "normal" -> template.syncSendNormalMessage(topic, body);
            case "fifo" -> template.syncSendFifoMessage(topic, body, line.text("messageGroup"));
            case "delay" -> template.syncSendDelayMessage(topic, body, Duration.ofMillis(line.number("afterMs")));
            default -> throw new IllegalArgumentException("unknown command " + line.verb());
        }
    }
}
