package io.vledger.importer.manifest;

import io.vledger.api.origin.InitialState;
import io.vledger.importer.format.Framing;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What all members of a group agreed to continue from. Immutable, byte for byte the same on every member.
 *
 * @param group name of the group
 * @param source node id of the member whose data it was made from
 * @param holders the members that had an old log then, where an old broker could run again, by node id, and the position behind
 *     the last message of each; empty if not known
 * @param log the old log
 * @param queues every queue of the old log
 * @param state what the old broker knew
 * @param notes what a person should know: what was kept and is not acted on
 */
public record OriginManifest(
        String group,
        String source,
        SortedMap<String, Long> holders,
        Log log,
        List<Queue> queues,
        InitialState state,
        List<String> notes) {

    /** Copies the collections. */
    public OriginManifest {
        holders = Collections.unmodifiableSortedMap(new TreeMap<>(holders));
        queues = List.copyOf(queues);
        notes = List.copyOf(notes);
    }

    /**
     * The old log.
     *
     * @param end position behind its last message; bytes behind it do not count
     * @param position where the group's own log begins: a multiple of the segment size, at or behind {@code end}
     * @param files its files when this was made, by position, without a gap
     */
    public record Log(long end, long position, List<File> files) {
        /** Copies the list. */
        public Log {
            files = List.copyOf(files);
        }
    }

    /** Position of the first byte of the old log; {@link #end} if it has none. */
    public long begin() {
        return files().isEmpty() ? end() : files().get(0).position();
    }

    /** Position behind the last message of the old log. */
    public long end() {
        return log.end;
    }

    /** Position at which the group's own log begins. */
    public long position() {
        return log.position;
    }

    /** The files of the old log, by position. */
    public List<File> files() {
        return log.files;
    }

    /**
     * One file of the old log.
     *
     * @param position position of its first byte
     * @param length its length in bytes
     * @param framing what its records look like
     * @param digest of its bytes up to its end or the log's, whichever is first; see {@link Digest}
     * @param lastStoredMs when its last message was stored, milliseconds since the epoch; {@link Long#MAX_VALUE} if it has none
     */
    public record File(long position, long length, Framing framing, String digest, long lastStoredMs) {}

    /**
     * One queue.
     *
     * @param key its key in the queue index
     * @param topic its topic
     * @param id its number in the topic
     * @param min queue offset of its first message in the old log; equals {@code max} if there is none
     * @param max one more than the queue offset of its last message
     * @param first position of its first message; -1 if there is none
     * @param last position of its last message; -1 if there is none
     */
    public record Queue(long key, String topic, int id, long min, long max, long first, long last) {}
}
