package io.vledger.remoting.frame;

import io.netty.buffer.ByteBuf;

/** Reads headers of either encoding into one {@link Header} that is used again for each. Not thread-safe: one a loop. */
public final class HeaderReader {
    private final Header header = new Header();
    private final JsonHeaderParser json = new JsonHeaderParser(header);

    /** A reader with a header of its own. */
    public HeaderReader() {}

    /**
     * Reads the header of {@code length} bytes at {@code start}. Nothing is taken from the buffer's reader index.
     *
     * @return valid until the next call; {@link Header#copy} makes one that stays
     * @throws BadFrame saying what is wrong with it
     */
    public Header read(ByteBuf in, int start, int length, byte encoding) {
        byte[] bytes = header.load(in, start, length, encoding);
        if (encoding == Header.JSON) {
            json.parse(bytes, length);
        } else if (encoding == Header.BINARY) {
            BinaryHeaderParser.parse(bytes, length, header);
        } else {
            throw new BadFrame("unknown header encoding " + encoding);
        }
        return header;
    }
}
