package io.vledger.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** What strangers send to a port that speaks gRPC: well-formed frames of HTTP/2 that mean no good. One thread. */
public final class HostileHttp2 {
    private static final byte DATA = 0;
    private static final byte HEADERS = 1;
    private static final byte RST_STREAM = 3;
    private static final byte SETTINGS = 4;
    private static final int END_OF_HEADERS = 4;
    private static final int END_OF_STREAM = 1;
    private static final int CANCEL = 8;
    private static final int PREFIX_BYTES = 5;

    private static final List<String> CALLS = List.of(
            "QueryRoute",
            "Heartbeat",
            "SendMessage",
            "QueryAssignment",
            "ReceiveMessage",
            "AckMessage",
            "ForwardMessageToDeadLetterQueue",
            "EndTransaction",
            "Telemetry",
            "NotifyClientTermination",
            "ChangeInvisibleDuration",
            "RecallMessage",
            "SyncLiteSubscription",
            "NoSuchCall");
    private static final List<String> ENCODINGS = List.of("", "identity", "gzip", "snappy", "\u0001");

    private final Random random;

    /** @param random decides all frames */
    public HostileHttp2(Random random) {
        this.random = random;
    }

    /** A connection: of calls whose messages are none, or of frames of any kind. */
    public byte[] connection(int frames) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(begin());
        boolean calls = random.nextBoolean(); // one odd frame ends a connection, and what follows it is not looked at
        for (int i = 0; i < frames; i++) {
            if (!calls) {
                out.writeBytes(frame());
            } else if (i % 2 == 0) {
                out.writeBytes(frame(HEADERS, END_OF_HEADERS, i + 1, call()));
            } else if (random.nextInt(8) == 0) {
                out.writeBytes(frame(
                        RST_STREAM,
                        0,
                        i,
                        ByteBuffer.allocate(Integer.BYTES).putInt(CANCEL).array()));
            } else {
                out.writeBytes(frame(DATA, random.nextInt(4) == 0 ? 0 : END_OF_STREAM, i, message()));
            }
        }
        return out.toByteArray();
    }

    /** What begins a connection; without it nothing else is looked at. */
    public static byte[] begin() {
        byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] settings = frame(SETTINGS, 0, 0, new byte[0]);
        return ByteBuffer.allocate(preface.length + settings.length)
                .put(preface)
                .put(settings)
                .array();
    }

    /** A frame of any type, with any content. */
    public byte[] frame() {
        int stream = random.nextBoolean() ? random.nextInt(8) : random.nextInt();
        return frame((byte) random.nextInt(12), random.nextInt(256), stream, bytes(60));
    }

    private byte[] call() {
        ByteArrayOutputStream fields = new ByteArrayOutputStream();
        field(fields, ":method", "POST");
        field(fields, ":scheme", "http");
        field(fields, ":authority", "127.0.0.1");
        field(fields, ":path", "/apache.rocketmq.v2.MessagingService/" + one(CALLS));
        field(fields, "content-type", "application/grpc");
        field(fields, "te", "trailers");
        field(fields, "x-mq-client-id", "stranger" + random.nextInt());
        String encoding = one(ENCODINGS);
        if (!encoding.isEmpty()) {
            field(fields, "grpc-encoding", encoding);
        }
        return fields.toByteArray();
    }

    /** A message that no encoder has made, whose length may be a lie. */
    private byte[] message() {
        byte[] content = bytes(40);
        return ByteBuffer.allocate(PREFIX_BYTES + content.length)
                .put((byte) random.nextInt(3))
                .putInt(random.nextInt(4) == 0 ? random.nextInt() : content.length)
                .put(content)
                .array();
    }

    private <T> T one(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private byte[] bytes(int bound) {
        byte[] bytes = new byte[random.nextInt(bound)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Neither compressed nor to be remembered. */
    private static void field(ByteArrayOutputStream out, String name, String value) {
        out.write(0);
        for (String text : List.of(name, value)) {
            out.write(text.length());
            out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static byte[] frame(byte type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) 0)
                .putShort((short) payload.length)
                .put(type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }
}
