package io.vledger.importer.agree;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * A question or an answer: four bytes length of a JSON header, the header, and bytes to the end.
 *
 * @param header what it is
 * @param body bytes; may be empty
 */
record PeerMessage(JsonObject header, Buffer body) {
    /** Most bytes of a file in one answer. */
    static final int MAX_BODY_BYTES = 1 << 20;

    /** Bound of an answer: a body and its header. */
    static final int MAX_ANSWER_BYTES = MAX_BODY_BYTES + (256 << 10);

    static PeerMessage of(JsonObject header) {
        return new PeerMessage(header, Buffer.buffer());
    }

    /** An answer that says why there is none. */
    static PeerMessage failure(String message) {
        return of(new JsonObject().put("error", message));
    }

    /** An answer that says that the file that was asked for is not there, or not any more. */
    static PeerMessage noSuchFile(String message) {
        return of(new JsonObject().put("error", message).put("noSuchFile", true));
    }

    /** Why this is no answer; null if it is one. A {@link NoSuchFileException} if that is what is missing. */
    @Nullable
    IOException failure() {
        Object error = header.getValue("error");
        if (error == null) {
            return null;
        }
        return Boolean.TRUE.equals(header.getValue("noSuchFile"))
                ? new NoSuchFileException(null, null, error.toString())
                : new IOException(error.toString());
    }

    Buffer encode() {
        Buffer text = header.toBuffer();
        return Buffer.buffer(Integer.BYTES + text.length() + body.length())
                .appendInt(text.length())
                .appendBuffer(text)
                .appendBuffer(body);
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is none
     */
    static PeerMessage decode(Buffer bytes) {
        if (bytes.length() < Integer.BYTES) {
            throw new IllegalArgumentException("a packet of " + bytes.length() + " bytes");
        }
        int length = bytes.getInt(0);
        if (length < 2 || length > bytes.length() - Integer.BYTES) {
            throw new IllegalArgumentException("a header of " + length + " bytes in a packet of " + bytes.length());
        }
        try {
            JsonObject header = new JsonObject(bytes.getBuffer(Integer.BYTES, Integer.BYTES + length));
            if (header.getMap() == null) {
                throw new IllegalArgumentException("a header that is no JSON object");
            }
            return new PeerMessage(header, bytes.getBuffer(Integer.BYTES + length, bytes.length()));
        } catch (DecodeException e) {
            throw new IllegalArgumentException("a header that is no JSON", e);
        }
    }
}
