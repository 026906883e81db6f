package io.vledger.launcher.quickstart;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** What the demonstration needs of a RocketMQ client: find the leader, create a topic, send, read back. One thread. */
final class QuickstartClient implements Closeable {
    private static final int CALL_MS = 2000;

    private final String nameServer;
    private final String broker;
    private @Nullable RemotingConnection names;
    private @Nullable RemotingConnection leader;
    private String leaderAddress = "";

    QuickstartClient(String nameServer, String broker) {
        this.nameServer = nameServer;
        this.broker = broker;
    }

    /** Address of the leader as of the last look. */
    String leaderAddress() {
        return leaderAddress;
    }

    /** A connection to the leader; asks for the route again if there is none, or if {@code again}. */
    RemotingConnection leader(String topic, boolean again) throws IOException, InterruptedException {
        RemotingConnection known = leader;
        if (known != null && known.open() && !again) {
            return known;
        }
        String address = lookUp(topic);
        if (known != null && known.open() && address.equals(leaderAddress)) {
            return known;
        }
        if (known != null) {
            known.close();
        }
        leaderAddress = address;
        RemotingConnection made = new RemotingConnection(address);
        leader = made;
        return made;
    }

    private String lookUp(String topic) throws IOException, InterruptedException {
        RemotingConnection open = names;
        if (open == null || !open.open()) {
            open = new RemotingConnection(nameServer);
            names = open;
        }
        RemotingCommand answer =
                open.call(RequestCode.GET_ROUTEINFO_BY_TOPIC, Map.of("topic", topic), new byte[0], CALL_MS);
        if (answer.code() != ResponseCode.SUCCESS) {
            throw new IOException("no route of " + topic + ": " + answer.remark());
        }
        JsonObject route = new JsonObject(new String(answer.body(), StandardCharsets.UTF_8));
        JsonArray brokers = route.getJsonArray("brokerDatas", new JsonArray());
        for (int i = 0; i < brokers.size(); i++) {
            JsonObject data = brokers.getJsonObject(i);
            String address = data.getJsonObject("brokerAddrs", new JsonObject()).getString("0");
            if (broker.equals(data.getString("brokerName")) && address != null) {
                return address;
            }
        }
        throw new IOException("the route of " + topic + " names no leader");
    }

    void createTopic(String topic, int queues) throws IOException, InterruptedException {
        Map<String, Object> fields = new HashMap<>(Map.of(
                "topic",
                topic,
                "defaultTopic",
                TopicNames.TEMPLATE,
                "readQueueNums",
                queues,
                "writeQueueNums",
                queues,
                "perm",
                6,
                "topicFilterType",
                "SINGLE_TAG",
                "topicSysFlag",
                0,
                "order",
                false));
        RemotingCommand answer = leader(TopicNames.TEMPLATE, true)
                .call(RequestCode.UPDATE_AND_CREATE_TOPIC, fields, new byte[0], CALL_MS);
        if (answer.code() != ResponseCode.SUCCESS) {
            throw new IOException("the topic was not created: " + answer.code() + " " + answer.remark());
        }
    }

    /** Sends one message to a queue of the leader; the future has the answer, whatever it is. */
    static CompletableFuture<RemotingCommand> send(
            RemotingConnection leader, String topic, int queue, int queues, byte[] body) {
        Map<String, Object> fields = new HashMap<>();
        fields.put("a", "quickstart");
        fields.put("b", topic);
        fields.put("c", TopicNames.TEMPLATE);
        fields.put("d", queues);
        fields.put("e", queue);
        fields.put("f", 0);
        fields.put("g", System.currentTimeMillis());
        fields.put("h", 0);
        fields.put("i", "WAIT\u0001true\u0002");
        fields.put("j", 0);
        fields.put("k", false);
        fields.put("m", false);
        return leader.send(RequestCode.SEND_MESSAGE_V2, fields, body);
    }

    /** Reads a queue from its start to its end; hands over the first eight bytes of every body. */
    void readQueue(String topic, int queue, LongConsumer number) throws IOException, InterruptedException {
        RemotingConnection from = leader(topic, false);
        RemotingCommand end =
                from.call(RequestCode.GET_MAX_OFFSET, Map.of("topic", topic, "queueId", queue), new byte[0], CALL_MS);
        if (end.code() != ResponseCode.SUCCESS) {
            throw new IOException("no end of queue " + queue + ": " + end.remark());
        }
        long max = Long.parseLong(end.fields().getString("offset", "0"));
        for (long at = 0; at < max; ) {
            Map<String, Object> fields = new HashMap<>(Map.of(
                    "consumerGroup",
                    "quickstart",
                    "topic",
                    topic,
                    "queueId",
                    queue,
                    "queueOffset",
                    at,
                    "maxMsgNums",
                    32,
                    "sysFlag",
                    4,
                    "commitOffset",
                    0,
                    "suspendTimeoutMillis",
                    0,
                    "subscription",
                    "*",
                    "subVersion",
                    0));
            fields.put("expressionType", "TAG");
            RemotingCommand answer = from.call(RequestCode.PULL_MESSAGE, fields, new byte[0], CALL_MS);
            if (answer.code() != ResponseCode.SUCCESS) {
                throw new IOException("queue " + queue + " at " + at + ": " + answer.code() + " " + answer.remark());
            }
            messages(answer.body(), number);
            long next = Long.parseLong(answer.fields().getString("nextBeginOffset", "0"));
            if (next <= at) {
                throw new IOException("queue " + queue + " does not go on after " + at);
            }
            at = next;
        }
    }

    private static void messages(byte[] bytes, LongConsumer number) throws IOException {
        ByteBuf stored = Unpooled.wrappedBuffer(bytes);
        MessageView message = new MessageView();
        for (int at = 0; at < bytes.length; at += message.totalSize()) {
            String fault = message.wrap(stored, at, bytes.length - at);
            if (fault != null || message.bodyLength() < Long.BYTES) {
                throw new IOException("what is no message of this demonstration: " + fault);
            }
            number.accept(stored.getLong(message.bodyAt()));
        }
    }

    @Override
    public void close() {
        RemotingConnection first = names;
        if (first != null) {
            first.close();
        }
        RemotingConnection second = leader;
        if (second != null) {
            second.close();
        }
    }
}
