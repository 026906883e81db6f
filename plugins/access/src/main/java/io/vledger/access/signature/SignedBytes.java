package io.vledger.access.signature;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.Fields;
import java.util.List;
import javax.crypto.Mac;

/**
 * Where what a request's signature is about is gathered, so that the digest gets it as one piece of heap memory. Shared by all keys of a
 * thread: each user has a key, and a stranger may send long headers in the name of each.
 */
public final class SignedBytes {
    private static final int KEPT_BYTES = 2 << 10;
    private static final int MAX_KEPT_BYTES = 16 << 10;

    private ByteBuf scratch = Unpooled.buffer(KEPT_BYTES);

    /** Copies the value of a field that has as many bytes as {@code target}; false if it is absent or of another length. */
    boolean signature(Fields fields, String key, byte[] target) {
        scratch.clear();
        boolean found = fields.copyUtf8(key, scratch) == target.length;
        if (found) {
            scratch.readBytes(target);
        }
        giveUpMemory();
        return found;
    }

    /** Updates a code with what is signed of a request: field values in the order of their keys, and the body. */
    void update(Mac mac, Fields fields, List<String> unsigned, ByteBuf body) {
        scratch.clear();
        fields.copySortedUtf8(unsigned, scratch);
        int bytes = body.readableBytes();
        if (!body.hasArray() && scratch.writerIndex() + bytes <= MAX_KEPT_BYTES) {
            scratch.writeBytes(body, body.readerIndex(), bytes);
            bytes = 0;
        }
        mac.update(scratch.array(), scratch.arrayOffset(), scratch.readableBytes());
        giveUpMemory();
        if (bytes > 0 && body.hasArray()) {
            mac.update(body.array(), body.arrayOffset() + body.readerIndex(), bytes);
        } else if (bytes > 0) {
            mac.update(body.nioBuffer());
        }
    }

    private void giveUpMemory() {
        if (scratch.capacity() > MAX_KEPT_BYTES) {
            scratch = Unpooled.buffer(KEPT_BYTES);
        }
    }
}
