package io.vledger.grpc.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.Fields;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a broker's answer to a pop as a client does: the messages, and the receipt of each, which is put together of what the header says
 * of its queue. A message from a retry topic brings its receipt.
 */
public final class PoppedMessages {
    private static final int NORMAL_TOPIC = 0;

    private PoppedMessages() {}

    /**
     * A message that was popped.
     *
     * @param handle its receipt
     * @param triedBefore how often it was given out before
     */
    public record Popped(StoredMessage message, ReceiptHandle handle, int triedBefore) {}

    /** Reads the messages of an answer of the broker of this name. */
    public static List<Popped> read(String broker, Fields fields, byte[] body) {
        String stamp = " " + fields.requiredLong("popTime") + " " + fields.requiredLong("invisibleTime") + " "
                + fields.requiredNumber("reviveQid") + " " + NORMAL_TOPIC + " " + broker + " ";
        Map<String, String> starts = table(fields.text("startOffsetInfo"));
        Map<String, String> counts = table(fields.text("orderCountInfo"));
        List<Popped> popped = new ArrayList<>();
        ByteBuf source = Unpooled.wrappedBuffer(body);
        MessageView view = new MessageView();
        for (int at = 0; at < body.length; at += view.totalSize()) {
            String wrong = view.wrap(source, at, body.length - at);
            if (wrong != null) {
                throw new IllegalStateException("the broker " + broker + " answered with no message: " + wrong);
            }
            StoredMessage message = new StoredMessage(view, body);
            String own = message.property(PropertyNames.POP_CK);
            String receipt = own != null
                    ? own
                    : starts.getOrDefault(NORMAL_TOPIC + " " + message.queueId(), Long.toString(message.queueOffset()))
                            + stamp + message.queueId() + " " + message.queueOffset();
            ReceiptHandle handle = ReceiptHandle.parse(receipt + " " + message.physicalOffset());
            if (handle != null) {
                popped.add(new Popped(message, handle, tries(message, handle, counts)));
            }
        }
        return popped;
    }

    /** In order, the broker counts outside of the message. */
    private static int tries(StoredMessage message, ReceiptHandle handle, Map<String, String> counts) {
        String count = counts.get(handle.mark() + " qo" + message.queueId() + "%" + message.queueOffset());
        return Math.max(message.reconsumeTimes(), count == null ? 0 : Integer.parseInt(count));
    }

    /** Entries {@code mark queue value} with semicolons between, by {@code mark queue}. */
    private static Map<String, String> table(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return Map.of();
        }
        Map<String, String> table = new HashMap<>();
        for (String entry : text.split(";")) {
            int end = entry.lastIndexOf(' ');
            if (end > 0) {
                table.put(entry.substring(0, end), entry.substring(end + 1));
            }
        }
        return table;
    }
}
