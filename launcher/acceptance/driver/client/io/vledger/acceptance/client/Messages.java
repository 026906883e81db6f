package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.common.message.MessageExt;

/** Reports to the test what a client was given, as named values. */
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

    /** All that a client can know of a message, but for what it adds itself, in one word. */
    static String whole(MessageExt message) {
        Map<String, String> values = new TreeMap<>(describe(message));
        values.remove("receivedMs");
        values.remove("body");
        values.remove("p.MIN_OFFSET");
        values.remove("p.MAX_OFFSET");
        values.put("digest", Integer.toHexString(Arrays.hashCode(message.getBody())));
        values.put("position", Long.toString(message.getCommitLogOffset()));
        values.put("storeHost", address(message.getStoreHost()));
        values.put("bornMs", Long.toString(message.getBornTimestamp()));
        values.put("sysFlag", Integer.toString(message.getSysFlag()));
        return URLEncoder.encode(values.toString(), StandardCharsets.UTF_8);
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
