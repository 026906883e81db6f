package io.vledger.importer.store;

import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;

/** The note in an origin directory that says from where on the old log can be read. */
public final class FirstPosition {
    private FirstPosition() {}

    /** Position of the first byte that has not expired, as noted; 0 if nothing has. */
    public static long noted(Path directory) throws StoreException {
        return DurableNumber.FIRST_POSITION.read(directory, 0);
    }

    /** Notes durably that everything below cannot be read. Nothing is deleted because of it. */
    public static void note(Path directory, long position) throws IOException {
        DurableNumber.FIRST_POSITION.write(directory, position);
    }
}
