package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.RequestException;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;

/**
 * Walks over the messages in the body of a batch and checks every length. Each is: int size, int magic, int checksum, int
 * flag, int body length, body, short properties length, properties. Reused; loop only.
 */
final class BatchBody {
    private static final int FIXED_BYTES = 5 * Integer.BYTES + Short.BYTES;
    private static final int FLAG_AT = 3 * Integer.BYTES;
    private static final int BODY_LENGTH_AT = 4 * Integer.BYTES;
    private static final int BODY_AT = 5 * Integer.BYTES;

    private int size;
    private int flag;
    private int bodyAt;
    private int bodyLength;
    private int propertiesAt;
    private int propertiesLength;

    /** Points this at the message at {@code at}; refuses the request if it is not one. */
    void read(ByteBuf batch, int at) {
        int left = batch.writerIndex() - at;
        if (left < FIXED_BYTES) {
            throw illegal("ends in the middle of a message, " + left + " bytes before its end");
        }
        size = batch.getInt(at);
        flag = batch.getInt(at + FLAG_AT);
        bodyLength = batch.getInt(at + BODY_LENGTH_AT);
        if (size < FIXED_BYTES || size > left) {
            throw illegal("has a message of " + size + " bytes with " + left + " left");
        }
        if (bodyLength < 0 || bodyLength > size - FIXED_BYTES) {
            throw illegal("has a body of " + bodyLength + " bytes in a message of " + size);
        }
        bodyAt = at + BODY_AT;
        propertiesLength = batch.getShort(bodyAt + bodyLength);
        if (propertiesLength < 0 || propertiesLength != size - FIXED_BYTES - bodyLength) {
            throw illegal("has properties of " + propertiesLength + " bytes in a message of " + size);
        }
        if (propertiesLength > MessageView.MAX_PROPERTIES_BYTES) {
            throw illegal("has properties of " + propertiesLength + " bytes");
        }
        propertiesAt = bodyAt + bodyLength + Short.BYTES;
    }

    private static RequestException illegal(String what) {
        return new RequestException(ResponseCode.MESSAGE_ILLEGAL, "the batch " + what);
    }

    /** The light queues that the message asks for, with commas between; empty for none. */
    String lightQueues(ByteBuf batch) {
        String names =
                MessageProperties.text(batch, propertiesAt, propertiesLength, PropertyNames.INNER_MULTI_DISPATCH);
        return names == null ? "" : names;
    }

    int size() {
        return size;
    }

    int flag() {
        return flag;
    }

    int bodyAt() {
        return bodyAt;
    }

    int bodyLength() {
        return bodyLength;
    }

    int propertiesAt() {
        return propertiesAt;
    }

    int propertiesLength() {
        return propertiesLength;
    }
}
