package io.vledger.api.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells a file system that is full, or our quota of it, from one that is broken.
 *
 * <p>The one place that looks at words. Java has no type and no code for {@code ENOSPC} and {@code EDQUOT}: an
 * {@link IOException} of a channel has nothing but what {@code strerror} says, in the language of the process. Free space is no
 * answer either: copy-on-write file systems and thin volumes run out with space to spare, and quotas do not show. So the system is
 * asked for its own words: {@code /dev/full} answers every write with {@code ENOSPC}. Where there is no such device, and for quotas,
 * the English words count.
 */
public final class NoSpace {
    private static final Path FULL_DEVICE = Path.of("/dev/full");
    private static final List<String> WORDS = Stream.concat(
                    Stream.of("no space left", "quota exceeded"), Stream.of(wordsOfTheSystem()))
            .filter(words -> !words.isEmpty())
            .toList();

    private NoSpace() {}

    /** Whether a failure of a write, a sync or a creation means that there is no room. */
    public static boolean isCause(IOException e) {
        return saysSo(e.getMessage());
    }

    /** Whether the words of the operating system mean that there is no room, for libraries that hand on nothing else. */
    public static boolean saysSo(@Nullable String message) {
        String text = String.valueOf(message).toLowerCase(Locale.ROOT);
        return WORDS.stream().anyMatch(text::contains);
    }

    private static String wordsOfTheSystem() {
        if (!Files.exists(FULL_DEVICE)) {
            return "";
        }
        try (FileChannel full = FileChannel.open(FULL_DEVICE, StandardOpenOption.WRITE)) {
            full.write(ByteBuffer.allocate(1));
            return "";
        } catch (IOException e) {
            return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        }
    }
}
