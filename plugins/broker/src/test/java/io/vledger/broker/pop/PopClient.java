package io.vledger.broker.pop;

import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Makes requests of POP as the client of RocketMQ 5.5.0 does, and reads the answers as it does. */
final class PopClient {
    static final String TOPIC = "orders";
    static final String GROUP = "consumers";

    private final TestBroker broker;

    PopClient(TestBroker broker) {
        this.broker = broker;
    }

    /** A message that was popped, with its receipt. */
    record Popped(String body, int queueId, long queueOffset, int reconsumeTimes, String receipt, String realTopic) {
        long popMs() {
            return Long.parseLong(receipt.split(" ", -1)[1]);
        }
    }

    FakeRequest popRequest(int queueId, int max, long invisibleMs, long pollMs) {
        return new FakeRequest(RequestCode.POP_MESSAGE)
                .on(broker.connection())
                .with("consumerGroup", GROUP)
                .with("topic", TOPIC)
                .with("queueId", queueId)
                .with("maxMsgNums", max)
                .with("invisibleTime", invisibleMs)
                .with("pollTime", pollMs)
                .with("bornTime", broker.group().nowMs())
                .with("initMode", 0);
    }

    List<Popped> pop(int max, long invisibleMs) {
        return read(broker.call(popRequest(-1, max, invisibleMs, 0)));
    }

    List<Popped> popInOrder(int max, long invisibleMs, String attemptId) {
        return read(broker.call(
                popRequest(-1, max, invisibleMs, 0).with("order", true).with("attemptId", attemptId)));
    }

    static List<Popped> read(FakeRequest answer) {
        if (answer.replyCode() != 0) {
            return List.of();
        }
        Map<String, String> starts = new HashMap<>();
        for (String queue : text(answer, "startOffsetInfo").split(";", -1)) {
            String[] words = queue.split(" ", -1);
            starts.put(words[0] + " " + words[1], words[2]);
        }
        Map<String, List<Long>> offsets = new HashMap<>();
        for (String queue : text(answer, "msgOffsetInfo").split(";", -1)) {
            String[] words = queue.split(" ", -1);
            for (String offset : words[2].split(",", -1)) {
                offsets.computeIfAbsent(words[0] + " " + words[1], key -> new ArrayList<>())
                        .add(Long.parseLong(offset));
            }
        }
        List<Popped> popped = new ArrayList<>();
        for (TestBroker.Message message : TestBroker.messages(answer.replyBody())) {
            String receipt = message.properties().get("POP_CK");
            if (receipt == null) {
                String key = "0 " + message.queueId();
                if (!Objects.requireNonNull(offsets.get(key)).contains(message.queueOffset())) {
                    throw new AssertionError("message " + message + " is not in " + offsets);
                }
                receipt = starts.get(key) + " " + text(answer, "popTime") + " " + text(answer, "invisibleTime") + " "
                        + text(answer, "reviveQid") + " 0 broker-a " + message.queueId() + " " + message.queueOffset();
            }
            popped.add(new Popped(
                    message.body(),
                    message.queueId(),
                    message.queueOffset(),
                    message.reconsumeTimes(),
                    receipt,
                    realTopic(receipt)));
        }
        return popped;
    }

    private static String realTopic(String receipt) {
        return switch (receipt.split(" ", -1)[4]) {
            case "1" -> "%RETRY%" + GROUP + "_" + TOPIC;
            case "2" -> "%RETRY%" + GROUP + "+" + TOPIC;
            default -> TOPIC;
        };
    }

    private static String text(FakeRequest answer, String key) {
        return Objects.requireNonNull(answer.replyField(key), key);
    }

    FakeRequest ackRequest(Popped message) {
        return new FakeRequest(RequestCode.ACK_MESSAGE)
                .on(broker.connection())
                .with("consumerGroup", GROUP)
                .with("topic", message.realTopic())
                .with("queueId", message.queueId())
                .with("extraInfo", message.receipt())
                .with("offset", message.queueOffset());
    }

    int ack(Popped message) {
        return broker.call(ackRequest(message)).replyCode();
    }

    FakeRequest changeRequest(Popped message, long invisibleMs) {
        return new FakeRequest(RequestCode.CHANGE_MESSAGE_INVISIBLETIME)
                .on(broker.connection())
                .with("consumerGroup", GROUP)
                .with("topic", message.realTopic())
                .with("queueId", message.queueId())
                .with("extraInfo", message.receipt())
                .with("offset", message.queueOffset())
                .with("invisibleTime", invisibleMs);
    }

    /** Changes the invisible time; the message with its new receipt. */
    Popped change(Popped message, long invisibleMs) {
        FakeRequest answer = broker.call(changeRequest(message, invisibleMs));
        if (answer.replyCode() != 0) {
            throw new AssertionError("refused: " + answer.replyCode() + " " + answer.replyRemark());
        }
        return renewed(message, answer);
    }

    /** The message with the receipt that the answer to a change makes. */
    Popped renewed(Popped message, FakeRequest answer) {
        String[] words = message.receipt().split(" ", -1);
        String receipt =
                message.queueOffset() + " " + text(answer, "popTime") + " " + text(answer, "invisibleTime") + " "
                        + text(answer, "reviveQid") + " " + words[4] + " broker-a " + message.queueId() + " "
                        + message.queueOffset();
        return new Popped(
                message.body(),
                message.queueId(),
                message.queueOffset(),
                message.reconsumeTimes(),
                receipt,
                message.realTopic());
    }

    /** Acknowledges messages of one pop and queue as the proxy does. */
    FakeRequest batchAckRequest(List<Popped> messages) {
        String[] words = messages.get(0).receipt().split(" ", -1);
        BitSet bits = new BitSet();
        messages.forEach(message -> bits.set((int) (message.queueOffset() - Long.parseLong(words[0]))));
        String body = "{\"acks\":[{\"b\":\"" + Base64.getEncoder().encodeToString(bits.toByteArray()) + "\",\"c\":\""
                + GROUP + "\",\"it\":" + words[2] + ",\"pt\":" + words[1] + ",\"q\":" + words[6] + ",\"r\":\""
                + words[4]
                + "\",\"rq\":" + words[3] + ",\"so\":" + words[0] + ",\"t\":\"" + TOPIC
                + "\"}],\"brokerName\":\"broker-a\"}";
        return new FakeRequest(RequestCode.BATCH_ACK_MESSAGE)
                .on(broker.connection())
                .body(body);
    }

    long consumerOffset(int queueId) {
        return broker.state().offsets().find(GROUP, TOPIC, queueId);
    }
}
