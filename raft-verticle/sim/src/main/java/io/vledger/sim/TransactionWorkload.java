package io.vledger.sim;

import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.transaction.Transactions;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.sim.check.TransactionsEnd;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Producers of transactions: they send half messages and decide about them, some again and some twice, at whichever node leads. */
final class TransactionWorkload implements FeatureClients {
    private static final String TOPIC = TopicNames.TEMPLATE;
    private static final int QUEUE = 7;
    private static final int COMMIT = 8;
    private static final int ROLLBACK = 12;
    private static final int REST_MS = 40;
    private static final int REMEMBERED = 8;

    private final Cluster cluster;
    private final TransactionsEnd checker = new TransactionsEnd();
    private final List<Half> known = new ArrayList<>();
    private final List<Asked> asked = new ArrayList<>();
    private boolean over;
    private int sent;

    private record Half(String key, long queueOffset, long position) {}

    private record Asked(FakeRequest request, String key, int decision) {}

    TransactionWorkload(Cluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public void start() {
        cluster.time().in(1 + cluster.chance().below(REST_MS), () -> {
            if (!over) {
                cluster.nodes().stream().filter(SimNode::leads).forEach(this::act);
                hear();
                start();
            }
        });
    }

    @Override
    public void end() {
        over = true;
    }

    /** Decisions that were answered. */
    long decided() {
        return checker.decided();
    }

    private void act(SimNode node) {
        if (known.isEmpty() || cluster.chance().oneIn(3)) {
            send(node);
        } else {
            int newest = Math.min(REMEMBERED, known.size());
            Half half = known.get(known.size() - 1 - cluster.chance().below(newest));
            decide(node, half, cluster.chance().oneIn(2) ? COMMIT : ROLLBACK);
        }
    }

    private void send(SimNode node) {
        String key = "x" + sent++;
        String properties = "TRAN_MSG\u0001true\u0002PGROUP\u0001pg\u0002UNIQ_KEY\u0001" + key + "\u0002";
        FakeRequest request = AskingClients.send(node, QUEUE, properties, key);
        node.broker().handle(request);
        asked.add(new Asked(request, key, 0));
    }

    private void decide(SimNode node, Half half, int decision) {
        FakeRequest request = new FakeRequest(RequestCode.END_TRANSACTION)
                .with("producerGroup", "pg")
                .with("tranStateTableOffset", half.queueOffset)
                .with("commitLogOffset", half.position)
                .with("commitOrRollback", decision)
                .with("fromTransactionCheck", true)
                .with("transactionId", half.key);
        node.broker().handle(request);
        asked.add(new Asked(request, half.key, decision));
    }

    private void hear() {
        asked.removeIf(each -> {
            if (each.request.replied()) {
                answered(each);
            }
            return each.request.replied();
        });
    }

    private void answered(Asked each) {
        boolean done = each.request.replyCode() == 0;
        if (each.decision == 0) {
            if (done) {
                String id = Objects.requireNonNull(each.request.replyField("msgId"));
                long position =
                        Objects.requireNonNull(OffsetMessageId.parse(id)).physicalOffset();
                known.add(new Half(each.key, each.request.replyNumber("queueOffset"), position));
                checker.acknowledged(each.key);
            }
        } else if (done) {
            checker.decided(each.key, each.decision == COMMIT);
        } else if (!String.valueOf(each.request.replyRemark()).contains("has an outcome already")) {
            checker.unknown(each.key);
        }
    }

    @Override
    public void judge(SimNode node) {
        hear();
        // Of a process that died no answer comes.
        asked.stream().filter(each -> each.decision != 0).forEach(each -> checker.unknown(each.key));
        checker.judge(node, copies(node), node.state().part(Transactions.class).openCount());
    }

    private static Map<String, Integer> copies(SimNode node) {
        Topic topic = Objects.requireNonNull(node.state().topics().find(TOPIC));
        TopicQueue queue = Objects.requireNonNull(topic.queue(QUEUE));
        Map<String, Integer> copies = new HashMap<>();
        StoredMessages.of(node, queue, (queueOffset, message, body) -> copies.merge(body, 1, Integer::sum));
        return copies;
    }
}
