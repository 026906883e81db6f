package io.vledger.importer.inspect;

import io.vledger.importer.format.Damage.Range;
import java.util.List;

/**
 * Why a log's end cannot be trusted: it is damaged there, or other files point behind it.
 *
 * @param end position of the first byte that is no whole message
 * @param reach position behind the last message that is known to have been there
 * @param unreadable the stretches that cannot be read or are not there, by position
 * @param scattered whether there are more such stretches than are named
 * @param text what is wrong, what would be lost, and what to do, for people
 */
public record TailDamage(long end, long reach, List<Range> unreadable, boolean scattered, String text) {
    /** Copies the list. */
    public TailDamage {
        unreadable = List.copyOf(unreadable);
    }
}
