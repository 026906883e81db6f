package io.vledger.remoting.connection;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests of one connection that the next owner of its listener is shown: the newest of each key, in the order in which they
 * came. Loop only.
 */
final class ReplayableRequests {
    static final int MAX_REQUESTS = 64;
    static final int MAX_BYTES = 1 << 20;

    private final Map<String, byte[]> frames = new LinkedHashMap<>(2);
    private int bytes;

    /** Keeps a frame in place of an earlier one of the key; the oldest go if there are too many. */
    void put(String key, byte[] frame) {
        byte[] before = frames.remove(key);
        bytes -= before == null ? 0 : before.length;
        frames.put(key, frame);
        bytes += frame.length;
        Iterator<byte[]> oldest = frames.values().iterator();
        while (frames.size() > MAX_REQUESTS || (bytes > MAX_BYTES && frames.size() > 1)) {
            bytes -= oldest.next().length;
            oldest.remove();
        }
    }

    /** The frames as they came, their lengths included; a copy of the list. */
    List<byte[]> frames() {
        return List.copyOf(frames.values());
    }
}
