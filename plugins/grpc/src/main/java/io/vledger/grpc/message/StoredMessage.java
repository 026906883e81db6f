package io.vledger.grpc.message;

import apache.rocketmq.v2.DeadLetterQueue;
import apache.rocketmq.v2.Digest;
import apache.rocketmq.v2.DigestType;
import apache.rocketmq.v2.Encoding;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SystemProperties;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.netty.buffer.ByteBuf;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.protocol.message.PropertyNames;
import io.vledger.protocol.message.SysFlag;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stored message as 5.x clients read it, field by field as RocketMQ's proxy translates it. The body is a region of the array that the
 * message lies in.
 */
public final class StoredMessage {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final Map<String, String> properties;
    private final String topic;
    private final ByteString body;
    private final int sysFlag;
    private final int queueId;
    private final long queueOffset;
    private final long physicalOffset;
    private final long bornMs;
    private final String bornHost;
    private final long storedMs;
    private final String storeHost;
    private final OffsetMessageId offsetId;
    private final int reconsumeTimes;

    /**
     * Reads a message.
     *
     * @param view points at it; not kept
     * @param array what the view's buffer wraps from its first byte on, kept
     */
    public StoredMessage(MessageView view, byte[] array) {
        topic = view.topic();
        body = UnsafeByteOperations.unsafeWrap(ByteBuffer.wrap(array, view.bodyAt(), view.bodyLength()));
        sysFlag = view.sysFlag();
        queueId = view.queueId();
        queueOffset = view.queueOffset();
        physicalOffset = view.physicalOffset();
        bornMs = view.bornTimestamp();
        storedMs = view.storeTimestamp();
        reconsumeTimes = view.reconsumeTimes();
        ByteBuf source = view.buffer();
        byte[] born = HostBytes.copy(source, view.bornHostAt(), view.bornHostLength());
        byte[] stored = HostBytes.copy(source, view.storeHostAt(), view.storeHostLength());
        bornHost = address(born);
        offsetId = new OffsetMessageId(stored).at(physicalOffset);
        storeHost = address(stored) + ":" + ByteBuffer.wrap(stored).getInt(stored.length - Integer.BYTES);
        properties = MessageProperties.all(source, view.propertiesAt(), view.propertiesLength());
    }

    private static String address(byte[] host) {
        try {
            return InetAddress.getByAddress(Arrays.copyOf(host, host.length - Integer.BYTES))
                    .getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("a host of " + host.length + " bytes", e);
        }
    }

    /** A property, or null. */
    public @Nullable String property(String name) {
        return properties.get(name);
    }

    /** Its queue. */
    public int queueId() {
        return queueId;
    }

    /** Its queue offset. */
    public long queueOffset() {
        return queueOffset;
    }

    /** Its place in the log. */
    public long physicalOffset() {
        return physicalOffset;
    }

    /** How often it was given out without being consumed, as far as it says itself. */
    public int reconsumeTimes() {
        return reconsumeTimes;
    }

    /** The id that its producer gave it, or, if it gave none, one made of where it is. */
    public String messageId() {
        String id = properties.get(PropertyNames.UNIQ_KEY);
        return id == null || id.isBlank() ? offsetId.toString() : id;
    }

    /**
     * The message for a client.
     *
     * @param receipt what the client acknowledges it with; null for none
     * @param triedBefore how often it was given out before
     */
    public Message toProto(@Nullable String receipt, int triedBefore) {
        Message.Builder message = Message.newBuilder()
                .setTopic(resource(topic))
                .setSystemProperties(system(receipt, triedBefore))
                .setBody(body);
        properties.forEach((name, value) -> {
            if (!SystemNames.contains(name)) {
                message.putUserProperties(name, value);
            }
        });
        return message.build();
    }

    private static Resource resource(String name) {
        int end = name.startsWith("%") ? -1 : name.indexOf('%');
        return end < 0
                ? Resource.newBuilder().setName(name).build()
                : Resource.newBuilder()
                        .setResourceNamespace(name.substring(0, end))
                        .setName(name.substring(end + 1))
                        .build();
    }

    private SystemProperties system(@Nullable String receipt, int triedBefore) {
        String givenHost = properties.get(SystemNames.BORN_HOST);
        SystemProperties.Builder system = SystemProperties.newBuilder()
                .setMessageId(messageId())
                .setBodyDigest(Digest.newBuilder().setType(DigestType.MD5).setChecksum(md5(body)))
                .setBodyEncoding((sysFlag & SysFlag.COMPRESSED) != 0 ? Encoding.GZIP : Encoding.IDENTITY)
                .setMessageType(type())
                .setBornTimestamp(Times.timestamp(bornMs))
                .setBornHost(givenHost == null || givenHost.isBlank() ? bornHost : givenHost)
                .setStoreTimestamp(Times.timestamp(storedMs))
                .setStoreHost(storeHost)
                .setQueueId(queueId)
                .setQueueOffset(queueOffset)
                .setDeliveryAttempt(triedBefore + 1);
        String tag = properties.get(PropertyNames.TAGS);
        if (tag != null) {
            system.setTag(tag);
        }
        String keys = properties.get(PropertyNames.KEYS);
        if (keys != null) {
            system.addAllKeys(List.of(keys.split(" ")));
        }
        if (receipt != null) {
            system.setReceiptHandle(receipt);
        }
        String group = properties.get(PropertyNames.SHARDING_KEY);
        if (group != null) {
            system.setMessageGroup(group);
        }
        String trace = properties.get(SystemNames.TRACE_CONTEXT);
        if (trace != null) {
            system.setTraceContext(trace);
        }
        deliveryTime(system);
        deadLetter(system);
        return system.build();
    }

    private void deliveryTime(SystemProperties.Builder system) {
        Long seconds = number(PropertyNames.TIMER_DELAY_SEC);
        Long time = number(PropertyNames.TIMER_DELIVER_MS);
        if (seconds != null) {
            system.setDeliveryTimestamp(Times.timestamp(storedMs + seconds * 1_000));
        } else if (time != null) {
            system.setDeliveryTimestamp(Times.timestamp(time));
        }
    }

    private void deadLetter(SystemProperties.Builder system) {
        String originTopic = properties.get(SystemNames.DLQ_ORIGIN_TOPIC);
        String originId = properties.get(SystemNames.DLQ_ORIGIN_MESSAGE_ID);
        if (originTopic != null && originId != null) {
            system.setDeadLetterQueue(
                    DeadLetterQueue.newBuilder().setTopic(originTopic).setMessageId(originId));
        }
    }

    private MessageType type() {
        if ("true".equals(properties.get(PropertyNames.TRAN_MSG))) {
            return MessageType.TRANSACTION;
        }
        if (properties.containsKey(PropertyNames.DELAY)
                || properties.containsKey(PropertyNames.TIMER_DELIVER_MS)
                || properties.containsKey(PropertyNames.TIMER_DELAY_SEC)) {
            return MessageType.DELAY;
        }
        return properties.containsKey(PropertyNames.SHARDING_KEY) ? MessageType.FIFO : MessageType.NORMAL;
    }

    private @Nullable Long number(String name) {
        String text = properties.get(name);
        try {
            return text == null ? null : Long.valueOf(text);
        } catch (NumberFormatException notOne) {
            return null;
        }
    }

    private static String md5(ByteString body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            digest.update(body.asReadOnlyByteBuffer());
            return HEX.formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }
}
