package io.vledger.launcher.quickstart;

import io.vertx.core.json.JsonObject;
import io.vledger.protocol.MqVersion;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One frame of the remoting protocol with a JSON header.
 *
 * @param code request or response code
 * @param opaque number that joins an answer to its request
 * @param remark the peer's words, maybe empty
 * @param fields header fields
 * @param body never null
 */
record RemotingCommand(int code, int opaque, String remark, JsonObject fields, byte[] body) {
    private static final int MAX_FRAME = 32 << 20;
    private static final int HEADER_LENGTH_MASK = 0xFFFFFF;

    /** The bytes of a request. */
    static byte[] request(int code, int opaque, Map<String, ?> fields, byte[] body) {
        JsonObject texts = new JsonObject();
        fields.forEach((key, value) -> texts.put(key, String.valueOf(value)));
        byte[] header = new JsonObject()
                .put("code", code)
                .put("language", "JAVA")
                .put("version", MqVersion.CURRENT)
                .put("opaque", opaque)
                .put("flag", 0)
                .put("extFields", texts)
                .put("serializeTypeCurrentRPC", "JSON")
                .encode()
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(8 + header.length + body.length);
        return frame.putInt(4 + header.length + body.length)
                .putInt(header.length)
                .put(header)
                .put(body)
                .array();
    }

    /** Reads the next frame. */
    static RemotingCommand read(DataInputStream in) throws IOException {
        int length = in.readInt();
        int headerLength = in.readInt() & HEADER_LENGTH_MASK;
        if (length < 4 || length > MAX_FRAME || headerLength > length - 4) {
            throw new IOException("a frame of " + length + " bytes with a header of " + headerLength);
        }
        JsonObject header = new JsonObject(new String(in.readNBytes(headerLength), StandardCharsets.UTF_8));
        byte[] body = in.readNBytes(length - 4 - headerLength);
        return new RemotingCommand(
                header.getInteger("code", -1),
                header.getInteger("opaque", -1),
                header.getString("remark", ""),
                header.getJsonObject("extFields", new JsonObject()),
                body);
    }
}
