package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.StateText;
import org.jspecify.annotations.Nullable;

/** Reads group and topic of operations: those that follow each other are mostly about the same, whose names are then made once. Loop only. */
final class KeyReader {
    /** The names as they were read last. */
    private final ByteBuf bytes = Unpooled.buffer();

    private @Nullable GroupTopic last;

    /** Takes two texts. */
    GroupTopic read(ByteBuf source) {
        GroupTopic known = last;
        int from = source.readerIndex();
        int length = bytes.readableBytes();
        if (known != null
                && source.readableBytes() >= length
                && ByteBufUtil.equals(source, from, bytes, bytes.readerIndex(), length)) {
            source.skipBytes(length);
            return known;
        }
        GroupTopic read = new GroupTopic(StateText.read(source), StateText.read(source));
        bytes.clear().writeBytes(source, from, source.readerIndex() - from);
        last = read;
        return read;
    }
}
