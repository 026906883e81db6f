package io.vledger.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.GroupState;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.testkit.Seeds;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeGroup;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Random producers, lost leaderships, checks and snapshots: what a producer has an answer about is what became of its transaction, once;
 * what it has none about ends once, too; and a member that applies the same entries is in the same state.
 */
class RandomTransactionsTest {
    private static final int SEEDS = 25;
    private static final int STEPS = 120;
    private static final int COMMIT = 8;
    private static final int ROLLBACK = 12;

    /** Where a half message lies or lay. */
    private record Place(long queueOffset, long position) {}

    /** A transaction as its producer knows it. */
    private static final class Transaction {
        private final String key;
        private final List<Place> places = new ArrayList<>();
        private int commits;
        private int rollbacks;
        private boolean unknown;

        Transaction(String key) {
            this.key = key;
        }
    }

    /** A request that may not have been answered. */
    private record Asked(FakeRequest request, Transaction transaction, int decision) {}

    private static final class Run {
        private final Random random;
        private final TestBroker broker = TestBroker.leader(GroupConfig.BrokerSettings.builder()
                .transactions(new GroupConfig.Transactions(false, 5_000, 4, 10_000))
                .build());
        private final FakeConnection producer = new FakeConnection(2);
        private final Map<String, Transaction> transactions = new HashMap<>();
        private final List<Transaction> known = new ArrayList<>();
        private final List<Asked> asked = new ArrayList<>();
        private int checksSeen;
        private final boolean forgetful;
        private boolean held;

        /** @param forgetful whether a member that starts again has forgotten which half messages are open */
        Run(Random random, boolean forgetful) {
            this.random = random;
            this.forgetful = forgetful;
            broker.topic("T", 1);
        }

        void step() {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> send();
                case 3, 4, 5, 6 -> end();
                case 7 -> hold();
                case 8 -> lead();
                case 9 -> restore();
                default -> pass(random.nextInt(6_000));
            }
            heard();
        }

        private void send() {
            Transaction transaction = new Transaction("K" + transactions.size());
            transactions.put(transaction.key, transaction);
            FakeRequest send = broker.begin(broker.send(
                    "T", 0, transaction.key, "TRAN_MSG", "true", "PGROUP", "pg", "UNIQ_KEY", transaction.key));
            asked.add(new Asked(send, transaction, 0));
            settle();
        }

        private void end() {
            if (known.isEmpty()) {
                return;
            }
            // The newest are those that are open.
            int behind = Math.min(known.size() - 1, random.nextInt(6));
            Transaction transaction = known.get(known.size() - 1 - behind);
            Place place = transaction.places.get(random.nextInt(transaction.places.size()));
            int decision = random.nextBoolean() ? COMMIT : ROLLBACK;
            FakeRequest end = broker.begin(new FakeRequest(RequestCode.END_TRANSACTION)
                    .with("producerGroup", "pg")
                    .with("tranStateTableOffset", place.queueOffset)
                    .with("commitLogOffset", place.position)
                    .with("commitOrRollback", decision)
                    .with("fromTransactionCheck", random.nextBoolean())
                    .with("transactionId", transaction.key));
            asked.add(new Asked(end, transaction, decision));
            settle();
        }

        private void settle() {
            if (random.nextInt(3) > 0) {
                broker.group().settle();
            }
        }

        private void hold() {
            if (held) {
                broker.group().commitHeld();
            } else {
                broker.group().hold();
            }
            held = !held;
        }

        private void lead() {
            if (broker.state().leads()) {
                broker.group().follow();
            }
            broker.group().settle();
            broker.group().lead();
        }

        /** As a member that starts again. */
        private void restore() {
            if (!held) {
                broker.group().follow();
                broker.group().settle();
                broker.state().restore(Unpooled.wrappedBuffer(broker.snapshot()));
                if (forgetful) {
                    broker.state().part(Transactions.class).clear();
                }
                broker.group().lead();
            }
        }

        private void pass(int ms) {
            broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                    .on(producer)
                    .body("{\"clientID\":\"c\",\"consumerDataSet\":[],\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
            broker.group().advance(ms);
        }

        /** Takes answers and checks. */
        private void heard() {
            asked.removeIf(each -> {
                if (each.request.replied()) {
                    answered(each);
                }
                return each.request.replied();
            });
            List<FakeConnection.Sent> sent = producer.sent();
            for (; checksSeen < sent.size(); checksSeen++) {
                Map<String, String> fields = sent.get(checksSeen).fields();
                Transaction transaction = Objects.requireNonNull(transactions.get(fields.get("msgId")));
                transaction.places.add(new Place(
                        Long.parseLong(fields.get("tranStateTableOffset")),
                        Long.parseLong(fields.get("commitLogOffset"))));
                if (!known.contains(transaction)) {
                    known.add(transaction);
                }
            }
        }

        private void answered(Asked each) {
            boolean done = each.request.replyCode() == 0;
            Transaction transaction = each.transaction;
            if (each.decision == 0) {
                if (done) {
                    String id = Objects.requireNonNull(each.request.replyField("msgId"));
                    long position =
                            Objects.requireNonNull(OffsetMessageId.parse(id)).physicalOffset();
                    transaction.places.add(new Place(each.request.replyNumber("queueOffset"), position));
                    known.add(transaction);
                }
            } else if (done) {
                transaction.commits += each.decision == COMMIT ? 1 : 0;
                transaction.rollbacks += each.decision == ROLLBACK ? 1 : 0;
            } else if (!each.request.replyRemark().contains("has an outcome already")) {
                transaction.unknown = true;
            }
        }

        private Map<String, Long> counted(String topic) {
            List<Message> all = new ArrayList<>();
            List<Message> next;
            do {
                next = TestBroker.messages(
                        broker.call(broker.pull(topic, 0, all.size())).replyBody());
                all.addAll(next);
            } while (!next.isEmpty());
            return all.stream().collect(Collectors.groupingBy(Message::body, Collectors.counting()));
        }

        void judge() throws Exception {
            if (held) {
                broker.group().commitHeld();
            }
            lead();
            heard();
            // Until all are given up that nobody decided about.
            for (int i = 0; i < 7; i++) {
                pass(10_000);
                heard();
            }
            assertThat(broker.state().part(Transactions.class).openCount()).isZero();
            Map<String, Long> seen = counted("T");
            Map<String, Long> givenUp = broker.state().topics().find(TopicNames.TRANS_CHECK_MAX_TIME) == null
                    ? Map.of()
                    : counted(TopicNames.TRANS_CHECK_MAX_TIME);
            for (Transaction transaction : known) {
                long copies = seen.getOrDefault(transaction.key, 0L);
                long put = givenUp.getOrDefault(transaction.key, 0L);
                String what = transaction.key + ": " + transaction.commits + " commits, " + transaction.rollbacks
                        + " rollbacks, unknown " + transaction.unknown + ", seen " + copies + ", given up " + put;
                assertThat(transaction.commits + transaction.rollbacks).as(what).isLessThan(2);
                assertThat(copies + put + transaction.rollbacks).as(what).isLessThan(2);
                if (!transaction.unknown) {
                    assertThat(copies).as(what).isEqualTo(transaction.commits);
                    assertThat(put).as(what).isEqualTo(1 - transaction.commits - transaction.rollbacks);
                }
            }
            anotherMemberIsInTheSameState();
            broker.close();
        }

        private void anotherMemberIsInTheSameState() throws Exception {
            try (GroupStore store = TestBroker.openStore()) {
                BrokerState other = GroupState.create("Cluster", "broker-a", store, null);
                for (FakeGroup.Entry entry : broker.group().applied()) {
                    other.apply(
                            entry.index(),
                            entry.kind(),
                            entry.version(),
                            entry.position(),
                            Unpooled.wrappedBuffer(entry.payload()));
                }
                assertThat(TestBroker.snapshotOf(other)).isEqualTo(broker.snapshot());
            }
        }
    }

    @Test
    void everyTransactionEndsOnceAndAsItsProducerWasAnswered() {
        Seeds.run(SEEDS, random -> {
            Run run = new Run(random, false);
            for (int i = 0; i < STEPS; i++) {
                run.step();
            }
            run.judge();
        });
    }

    @Test
    void forgettingOpenHalfMessagesIsNoticed() {
        assertThatThrownBy(() -> {
                    Run run = new Run(new Random(1), true);
                    for (int i = 0; i < STEPS; i++) {
                        run.step();
                    }
                    run.judge();
                })
                .isInstanceOfAny(AssertionError.class, IllegalStateException.class);
    }
}
