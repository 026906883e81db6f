package io.vledger.remoting.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Requests of one connection that whoever listens wants to see again after a change of listener: the newest of each key, in
 * the order in which they came. Loop only.
 */
final class Remembered {
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

    /** Hands every frame to {@code handler} as a request whose reply goes nowhere. */
    void replay(Connection connection, Header header, Consumer<Request> handler) {
        for (byte[] frame : List.copyOf(frames.values())) {
            ByteBuf in = Unpooled.wrappedBuffer(frame);
            int word = in.getInt(4);
            int headerLength = word & 0xFFFFFF;
            int bodyAt = Connection.FRAME_HEAD_BYTES + headerLength;
            header.read(in, Connection.FRAME_HEAD_BYTES, headerLength, (byte) (word >>> 24));
            Request request =
                    new Request(connection, header, in, Connection.FRAME_HEAD_BYTES, bodyAt, frame.length - bodyAt);
            request.mute();
            handler.accept(request);
        }
    }
}
