package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.rocketmq.common.message.MessageExt;

/** Tells the test what a client was given, as named values. */
final class Messages {
    private static final char PADDING = '#';

    private Messages() {}

    static Line event(String name, MessageExt message) {
        Map<String, String> values = describe(message);
        values.put("name", name);
        return new Line(Line.EVENT, "message", values);
    }

    static Map<String, String> describe(MessageExt message) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("topic", message.getTopic());
        values.put("queue", Integer.toString(message.getQueueId()));
        values.put("queueOffset", Long.toString(message.getQueueOffset()));
        values.put("body", body(message));
        values.put("length", Integer.toString(message.getBody().length));
        values.put("tags", String.valueOf(message.getTags()));
        values.put("keys", String.valueOf(message.getKeys()));
        values.put("id", String.valueOf(message.getMsgId()));
        values.put("bornHost", address(message.getBornHost()));
        values.put("reconsumed", Integer.toString(message.getReconsumeTimes()));
        values.put("storedMs", Long.toString(message.getStoreTimestamp()));
        values.put("receivedMs", Long.toString(System.currentTimeMillis()));
        message.getProperties().forEach((key, value) -> values.put("p." + key, value));
        return values;
    }

    private static String address(SocketAddress address) {
        InetSocketAddress inet = (InetSocketAddress) address;
        return inet.getAddress().getHostAddress() + ":" + inet.getPort();
    }

    /** The body without the padding that only makes it long. */
    static String body(MessageExt message) {
        byte[] bytes = message.getBody();
        int end = 0;
        while (end < bytes.length && bytes[end] != PADDING) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
}
