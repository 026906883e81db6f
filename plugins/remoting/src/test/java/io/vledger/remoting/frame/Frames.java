package io.vledger.remoting.frame;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;

/** Builds frames byte by byte, independently of the production code. */
public final class Frames {
    private Frames() {}

    public static byte[] json(String header, byte... body) {
        return frame((byte) 0, header.getBytes(StandardCharsets.UTF_8), body);
    }

    public static byte[] frame(byte encoding, byte[] header, byte... body) {
        return ByteBuffer.allocate(8 + header.length + body.length)
                .putInt(4 + header.length + body.length)
                .putInt((encoding << 24) | header.length)
                .put(header)
                .put(body)
                .array();
    }

    public static byte[] request(int code, int opaque, byte... body) {
        return json(
                "{\"code\":" + code + ",\"flag\":0,\"language\":\"JAVA\",\"opaque\":" + opaque + ",\"version\":409}",
                body);
    }

    public static byte[] binary(
            int code, int flag, int opaque, String remark, Map<String, String> fields, byte... body) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        fields.forEach((key, value) -> {
            byte[] k = key.getBytes(StandardCharsets.UTF_8);
            byte[] v = value.getBytes(StandardCharsets.UTF_8);
            block.writeBytes(ByteBuffer.allocate(6 + k.length + v.length)
                    .putShort((short) k.length)
                    .put(k)
                    .putInt(v.length)
                    .put(v)
                    .array());
        });
        byte[] r = remark.getBytes(StandardCharsets.UTF_8);
        ByteBuffer header = ByteBuffer.allocate(21 + r.length + block.size())
                .putShort((short) code)
                .put((byte) 0)
                .putShort((short) 409)
                .putInt(opaque)
                .putInt(flag)
                .putInt(r.length)
                .put(r)
                .putInt(block.size())
                .put(block.toByteArray());
        return frame((byte) 1, header.array(), body);
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    public static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replaceAll("(?m)#.*$", "").replaceAll("\\s", ""));
    }
}
