package io.vledger.importer.store;

import io.vledger.api.store.StoreException;
import io.vledger.importer.legacy.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The note in an origin directory that says from where on the old log is still there. */
public final class FirstPosition {
    private static final String NAME = "first-position";
    private static final int MAX_DIGITS = 20;

    private FirstPosition() {}

    /** Position of the first byte that has not expired, as noted; 0 if nothing has. */
    public static long noted(Path directory) throws StoreException {
        Path note = directory.resolve(NAME);
        try {
            if (!Files.exists(note)) {
                return 0;
            }
            String text =
                    Files.size(note) > MAX_DIGITS ? "" : Files.readString(note).strip();
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new StoreException.Damaged(
                    note + ": is no position; write the name of the oldest file that is left into it");
        } catch (IOException e) {
            throw new StoreException(note + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Notes durably that everything below has expired. */
    public static void note(Path directory, long position) throws IOException {
        DurableFile.write(directory.resolve(NAME), Long.toString(position));
    }
}
