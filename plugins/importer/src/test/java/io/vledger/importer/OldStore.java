package io.vledger.importer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.PropertyNames;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes small stores as an old broker does, by the published layout. */
public final class OldStore {
    public static final int FILE_BYTES = 4096;
    /** When every message was stored. */
    public static final long STORED_MS = 2;

    private static final int BLANK_MAGIC = 0xCBD43194;

    private final Path root;
    private final Path data;
    private final boolean dledger;
    private static final int UNITS_A_FILE = 50;
    private static final int UNIT_BYTES = 20;

    private final Map<String, Long> queueOffsets = new HashMap<>();
    /** Position, size and hash of the tag of each message by topic and queue. */
    private final Map<String, List<long[]>> units = new TreeMap<>();

    /** Position, size and term of each entry of DLedger. */
    private final List<long[]> entries = new ArrayList<>();

    private long position;
    private long index;
    private long term = 1;
    private long storedMs = STORED_MS;

    private OldStore(Path root, Path data, boolean dledger, long position) {
        this.root = root;
        this.data = data;
        this.dledger = dledger;
        this.position = position;
    }

    public static OldStore classic(Path root, long firstPosition) throws IOException {
        Files.createDirectories(root.resolve("config"));
        return new OldStore(root, Files.createDirectories(root.resolve("commitlog")), false, firstPosition);
    }

    public static OldStore dledger(Path root, String node) throws IOException {
        Files.createDirectories(root.resolve("config"));
        return new OldStore(
                root, Files.createDirectories(root.resolve("dledger-" + node).resolve("data")), true, 0);
    }

    public long end() {
        return position;
    }

    public Path file(long at) {
        return data.resolve(String.format("%020d", at - at % FILE_BYTES));
    }

    public OldStore nextTerm() {
        term++;
        return this;
    }

    /** What follows is stored at this time, milliseconds since the epoch. */
    public OldStore at(long ms) {
        storedMs = ms;
        return this;
    }

    /** Appends a message; a blank fills a file that has no room for it. */
    public OldStore add(String topic, int queue, String body) throws IOException {
        return add(topic, queue, body, Map.of());
    }

    /** Appends a message with properties. */
    public OldStore add(String topic, int queue, String body, Map<String, String> properties) throws IOException {
        int header = dledger ? 48 : 0;
        ByteBuf message = message(topic, queue, body, properties, position + header);
        int size = message.readableBytes() + header;
        long room = FILE_BYTES - position % FILE_BYTES;
        if (size + 8 > room) {
            ByteBuf blank = Unpooled.buffer();
            blank.writeInt(dledger ? -1 : (int) room).writeInt(dledger ? (int) room : BLANK_MAGIC);
            write(blank);
            position += room;
            message = message(topic, queue, body, properties, position + header);
        }
        queueOffsets.merge(topic + "-" + queue, 1L, Long::sum);
        units.computeIfAbsent(topic + "/" + queue, id -> new ArrayList<>()).add(new long[] {
            position + header,
            size - header,
            properties.getOrDefault("TAGS", "").hashCode()
        });
        addLight(properties, size - header, header);
        if (dledger) {
            entries.add(new long[] {position, size, term});
            ByteBuf entry = Unpooled.buffer();
            entry.writeInt(1)
                    .writeInt(size)
                    .writeLong(index++)
                    .writeLong(term)
                    .writeLong(position)
                    .writeInt(0)
                    .writeInt(0)
                    .writeInt(0)
                    .writeInt(size - header)
                    .writeBytes(message);
            write(entry);
        } else {
            write(message);
        }
        position += size;
        return this;
    }

    private void addLight(Map<String, String> properties, int size, int header) {
        String names = properties.get(PropertyNames.INNER_MULTI_DISPATCH);
        if (names != null) {
            for (String name : names.split(",")) {
                units.computeIfAbsent(name + "/0", id -> new ArrayList<>()).add(new long[] {
                    position + header, size, properties.getOrDefault("TAGS", "").hashCode()
                });
            }
        }
    }

    private ByteBuf message(String topic, int queue, String body, Map<String, String> properties, long at) {
        byte[] host = HostBytes.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 10911));
        ByteBuf target = Unpooled.buffer();
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuf bytes = Unpooled.copiedBuffer(body, StandardCharsets.UTF_8);
        StringBuilder text = new StringBuilder();
        properties.forEach(
                (key, value) -> text.append(key).append('\u0001').append(value).append('\u0002'));
        ByteBuf more = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        new MessageDraft()
                .queue(queue, 0)
                .sysFlag(0)
                .born(1, host)
                .stored(storedMs, host)
                .reconsumeTimes(0)
                .preparedOffset(0)
                .topic(name)
                .body(bytes, 0, bytes.readableBytes())
                .properties(more, 0, more.readableBytes())
                .write(target, queueOffsets.getOrDefault(topic + "-" + queue, 0L), at);
        return target;
    }

    private void write(ByteBuf bytes) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file(position).toFile(), "rw")) {
            out.setLength(FILE_BYTES);
            out.seek(position % FILE_BYTES);
            out.write(bytes.array(), 0, bytes.readableBytes());
        }
    }

    /** Writes the consume queues of all messages so far. */
    public OldStore consumeQueues() throws IOException {
        for (Map.Entry<String, List<long[]>> queue : units.entrySet()) {
            Path directory =
                    Files.createDirectories(root.resolve("consumequeue").resolve(queue.getKey()));
            for (int first = 0; first < queue.getValue().size(); first += UNITS_A_FILE) {
                ByteBuffer file = ByteBuffer.allocate(UNITS_A_FILE * UNIT_BYTES);
                for (long[] unit : queue.getValue()
                        .subList(
                                first,
                                Math.min(first + UNITS_A_FILE, queue.getValue().size()))) {
                    file.putLong(unit[0]).putInt((int) unit[1]).putLong(unit[2]);
                }
                Files.write(directory.resolve(String.format("%020d", (long) first * UNIT_BYTES)), file.array());
            }
        }
        return this;
    }

    /** Writes the store's checkpoint: when its newest message was stored. */
    public OldStore checkpoint(long storedMs) throws IOException {
        Files.write(
                root.resolve("checkpoint"),
                ByteBuffer.allocate(4096).putLong(storedMs).array());
        return this;
    }

    /** Writes DLedger's own checkpoint. */
    public OldStore committed(long index) throws IOException {
        Files.writeString(
                data.resolveSibling("checkpoint"), "endIndex=" + (this.index - 1) + "\ncommittedIndex=" + index + "\n");
        return this;
    }

    /** Writes DLedger's own index of the entries so far. */
    public OldStore index() throws IOException {
        ByteBuffer file = ByteBuffer.allocate((entries.size() + 5) * 32);
        for (int i = 0; i < entries.size(); i++) {
            long[] entry = entries.get(i);
            file.putInt(1).putLong(entry[0]).putInt((int) entry[1]).putLong(i).putLong(entry[2]);
        }
        Path directory = Files.createDirectories(data.resolveSibling("index"));
        Files.write(directory.resolve(String.format("%020d", 0)), file.array());
        return this;
    }

    /** A place to go back to. */
    public record Mark(long position, long index, Map<String, Long> queueOffsets) {}

    /** Where the store is now. */
    public Mark mark() {
        return new Mark(position, index, Map.copyOf(queueOffsets));
    }

    /** What follows is written over what came after the mark, as after a truncation, which leaves the bytes where they are. */
    public OldStore back(Mark mark) {
        position = mark.position;
        index = mark.index;
        queueOffsets.putAll(mark.queueOffsets);
        return this;
    }

    /** Index of the next entry. */
    public long nextIndex() {
        return index;
    }

    /** Overwrites bytes behind the end, as a torn write leaves them. */
    public OldStore tear(String bytes) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file(position).toFile(), "rw")) {
            out.seek(position % FILE_BYTES);
            out.write(bytes.getBytes(StandardCharsets.UTF_8));
        }
        return this;
    }

    public static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(at);
            int old = out.read();
            out.seek(at);
            out.write(old ^ 0x55);
        }
    }

    /** The queue's numbers begin anew, as after its topic was deleted. */
    public void forget(String topic, int queue) {
        queueOffsets.remove(topic + "-" + queue);
    }

    /** The next message has the queue offset of the last one, as DLedger brokers write after a time-out. */
    public OldStore repeat(String topic, int queue) {
        return skip(topic, queue, -1);
    }

    /** The queue continues so many numbers later. */
    public OldStore skip(String topic, int queue, long count) {
        queueOffsets.merge(topic + "-" + queue, count, Long::sum);
        return this;
    }

    public OldStore config(String name, String json) throws IOException {
        Files.writeString(root.resolve("config").resolve(name), json);
        return this;
    }

    public OldStore configs() throws IOException {
        config("topics.json", "{\"topicConfigTable\":{\"T\":{\"readQueueNums\":4,\"writeQueueNums\":4,\"perm\":6}}}");
        config("subscriptionGroup.json", "{\"subscriptionGroupTable\":{\"g\":{\"groupName\":\"g\"}}}");
        config("consumerOffset.json", "{\"offsetTable\":{\"T@g\":{0:2}}}");
        return config("delayOffset.json", "{\"offsetTable\":{1:1}}");
    }
}
