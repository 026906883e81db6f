package io.vledger.importer.store;

import io.vledger.api.store.StoreException;
import io.vledger.importer.format.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A number that an origin directory keeps durably, in a file of its own. */
enum DurableNumber {
    /** Position of the first byte of the old log that can be read. */
    FIRST_POSITION("first-position", "write the name of the oldest file that is left into it"),
    /** Position below which retention has decided to delete; a node that died meanwhile resumes it. */
    DELETED_BELOW("deleted-below", "delete it: nothing more than the note is lost"),
    /** When the take-over was complete on this node, milliseconds since the epoch. */
    TAKEN_OVER("taken-over", "delete it: old files are then kept for another period of grace");

    private static final int MAX_DIGITS = 20;

    private final String fileName;
    private final String remedy;

    DurableNumber(String fileName, String remedy) {
        this.fileName = fileName;
        this.remedy = remedy;
    }

    /** The number, or another if there is no note. */
    long read(Path directory, long otherwise) throws StoreException {
        Path note = directory.resolve(fileName);
        try {
            if (!Files.exists(note)) {
                return otherwise;
            }
            String text =
                    Files.size(note) > MAX_DIGITS ? "" : Files.readString(note).strip();
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new StoreException.Damaged(note + ": is no number; " + remedy);
        } catch (IOException e) {
            throw new StoreException(note + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Notes a number durably. */
    void write(Path directory, long number) throws IOException {
        DurableFile.write(directory.resolve(fileName), Long.toString(number));
    }
}
