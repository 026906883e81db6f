package io.vledger.audit;

import io.vertx.core.json.JsonObject;
import io.vledger.api.tap.CommittedMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Base64;

/**
 * The lines about one group: {@code <group>.jsonl}, and closed ones {@code <group>.1.jsonl} (the latest) and up. One thread.
 *
 * <p>Beside it {@code <group>.place} holds the index up to which the log has been read, so that a log with few lines in it is
 * not read again from the last of them. It is written after the lines it covers; whichever says more counts.
 */
final class AuditFile implements AutoCloseable {
    private static final int TAIL_BYTES = 8 << 20;

    private final Path directory;
    private final String group;
    private final Settings settings;
    private final FileChannel lock;
    private FileChannel channel;
    private long size;
    /** The last message written. */
    private long index;

    private int number = -1;

    /** Somebody else writes it, such as the deployment that this one replaces, for a moment. */
    static final class InUse extends IOException {
        private static final long serialVersionUID = 1L;

        private InUse(Path file) {
            super(file + " is being written by another deployment or process");
        }
    }

    /**
     * Opens or creates it; a line that a kill cut short is cut off.
     *
     * @throws InUse if another plugin or process has it open
     */
    AuditFile(Settings settings, String group) throws IOException {
        this.settings = settings;
        this.group = group;
        this.directory = Files.createDirectories(settings.directory());
        this.lock = lock();
        this.channel = open();
        this.size = channel.size();
        if (!findLast(current())) {
            findLast(closed(1));
        }
        cutTornLine();
    }

    private Path current() {
        return directory.resolve(group + ".jsonl");
    }

    private Path closed(int age) {
        return directory.resolve(group + "." + age + ".jsonl");
    }

    private Path place() {
        return directory.resolve(group + ".place");
    }

    private FileChannel lock() throws IOException {
        Path file = directory.resolve(group + ".lock");
        FileChannel held = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (held.tryLock() != null) {
                return held;
            }
        } catch (OverlappingFileLockException e) {
            // another deployment of this process
        }
        held.close();
        throw new InUse(file);
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(
                current(), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static byte[] tail(Path file) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            int length = (int) Math.min(TAIL_BYTES, in.size());
            ByteBuffer bytes = ByteBuffer.allocate(length);
            long from = in.size() - length;
            while (bytes.hasRemaining() && in.read(bytes, from + bytes.position()) >= 0) {
                // until all is there
            }
            return bytes.array();
        }
    }

    private boolean findLast(Path file) throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        byte[] tail = tail(file);
        int end = lastNewline(tail, tail.length);
        if (end < 0) {
            return false;
        }
        JsonObject line = new JsonObject(
                new String(tail, lastNewline(tail, end) + 1, end - lastNewline(tail, end) - 1, StandardCharsets.UTF_8));
        index = line.getLong("index");
        number = line.getInteger("number");
        return true;
    }

    /** Place of the last newline before {@code end}; -1 if there is none. */
    private static int lastNewline(byte[] bytes, int end) {
        for (int i = end - 1; i >= 0; i--) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private void cutTornLine() throws IOException {
        byte[] tail = tail(current());
        int torn = tail.length - 1 - lastNewline(tail, tail.length);
        if (torn > 0) {
            size -= torn;
            channel.truncate(size);
        }
    }

    /** The index to read on from; 0 if nothing was ever read. */
    long next() throws IOException {
        long reached = 0;
        if (Files.exists(place())) {
            String text = Files.readString(place()).strip();
            reached = text.matches("\\d{1,18}") ? Long.parseLong(text) + 1 : 0;
        }
        return Math.max(reached, index);
    }

    /** Whether a line about this message is there already. */
    boolean has(CommittedMessage message) {
        return message.index() < index || (message.index() == index && message.number() <= number);
    }

    /** Writes the line about a message. */
    void write(CommittedMessage message) {
        JsonObject properties = new JsonObject();
        message.properties().forEach(properties::put);
        byte[] line = (new JsonObject()
                                .put("index", message.index())
                                .put("number", message.number())
                                .put("group", group)
                                .put("topic", message.topic())
                                .put("queue", message.queue())
                                .put("queueOffset", message.queueOffset())
                                .put("position", message.position())
                                .put("storedMs", message.storedMs())
                                .put("properties", properties)
                                .put("body", Base64.getEncoder().encodeToString(message.body()))
                                .encode()
                        + "\n")
                .getBytes(StandardCharsets.UTF_8);
        try {
            if (size > 0 && size + line.length > settings.maxFileBytes()) {
                turnOver();
            }
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                size += channel.write(bytes, size);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(current() + ": cannot be written: " + e.getMessage(), e);
        }
        index = message.index();
        number = message.number();
    }

    private void turnOver() throws IOException {
        channel.force(true);
        channel.close();
        Files.deleteIfExists(closed(settings.files()));
        for (int age = settings.files() - 1; age >= 1; age--) {
            if (Files.exists(closed(age))) {
                Files.move(closed(age), closed(age + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(current(), closed(1), StandardCopyOption.REPLACE_EXISTING);
        channel = open();
        size = 0;
    }

    /** Makes the lines durable and notes that everything up to an index has been read. */
    void reached(long lastIndex) throws IOException {
        channel.force(false);
        Path partial = directory.resolve(group + ".place.partial");
        Files.writeString(partial, String.valueOf(lastIndex));
        Files.move(partial, place(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        lock.close();
    }
}
