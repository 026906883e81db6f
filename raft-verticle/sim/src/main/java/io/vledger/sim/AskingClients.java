package io.vledger.sim;

import io.vledger.protocol.RequestCode;
import io.vledger.protocol.TopicNames;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** Clients that ask something of each node that leads, time and again, and hear the answers when they have come. */
abstract class AskingClients implements FeatureClients {
    /** The topic that they all use. */
    static final String TOPIC = TopicNames.TEMPLATE;

    /** Chance of their own, so that the others' is what it is without them. */
    final Random random;

    final Cluster cluster;
    private final int stepMs;
    private final List<Asked> asked = new ArrayList<>();
    private boolean over;

    /**
     * A request whose answer is awaited.
     *
     * @param about the message or the client that it is about
     * @param life of the node's process that was asked
     */
    record Asked(FakeRequest request, String about, SimNode node, int life, long atMs) {}

    /** @param stepMs longest time between two steps */
    AskingClients(Cluster cluster, long seed, int stepMs) {
        this.cluster = cluster;
        this.random = new Random(seed);
        this.stepMs = stepMs;
    }

    /** A step at a node that leads. */
    abstract void act(SimNode node);

    /** An answer has come. */
    abstract void answered(Asked each);

    @Override
    public void start() {
        cluster.time().in(1 + random.nextInt(stepMs), () -> {
            hear();
            if (!over) {
                cluster.nodes().stream().filter(SimNode::leads).forEach(this::act);
                start();
            }
        });
    }

    @Override
    public void end() {
        over = true;
    }

    /** Asks a node. */
    void ask(SimNode node, FakeRequest request, String about) {
        node.broker().handle(request);
        asked.add(new Asked(request, about, node, node.life(), nowMs()));
    }

    /** Whether an answer is awaited about something. */
    boolean awaits(String about) {
        return asked.stream().map(Asked::about).anyMatch(Predicate.isEqual(about));
    }

    /** Takes the answers that have come; a process that died answers no more. */
    void hear() {
        asked.removeIf(each -> {
            if (each.request.replied()) {
                answered(each);
            }
            return each.request.replied() || each.node.life() != each.life;
        });
    }

    long nowMs() {
        return cluster.time().nowMs();
    }

    /** A producer's request to store a message, whose body is its key. */
    static FakeRequest send(SimNode node, int queueId, String properties, String key) {
        return new FakeRequest(RequestCode.SEND_MESSAGE_V2)
                .with("a", "pg")
                .with("b", TOPIC)
                .with("c", TopicNames.TEMPLATE)
                .with("d", 4)
                .with("e", queueId)
                .with("f", 0)
                .with("g", node.clockMs())
                .with("h", 0)
                .with("i", properties)
                .with("m", false)
                .body(key);
    }
}
