package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.LightOffsets;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.ArrayList;
import java.util.List;

/**
 * Stores a batch of which some messages are in light queues too: one entry, with consecutive queue offsets. RocketMQ 5.5.0 stores such messages
 * in their topic only. One batch; loop only.
 */
final class LightBatch {
    private final LightWriter lights;
    private final MessageDraft draft;
    private final TopicQueue queue;
    private final BatchBody batch;
    private final ByteBuf body;

    /**
     * Of one request.
     *
     * @param draft filled but for each message's own fields
     * @param batch reads the body, which was checked
     */
    LightBatch(LightWriter lights, MessageDraft draft, TopicQueue queue, BatchBody batch, ByteBuf body) {
        this.lights = lights;
        this.draft = draft;
        this.queue = queue;
        this.batch = batch;
        this.body = body;
    }

    /** What of a message is not in the body: its properties, its light queues, and its queue offsets there. */
    private record Item(ByteBuf properties, List<String> names, String offsets) {}

    /**
     * Proposes all, and has the request answered.
     *
     * @param batchKey as in {@link PendingSend#batchKey}
     */
    void write(int count, SendReplies replies, RpcRequest request, byte[] batchKey) {
        LightOffsets.Plan plan = lights.plan();
        List<Item> items = new ArrayList<>(count);
        int bytes = 0;
        int total = 0;
        for (int at = body.readerIndex(); at < body.writerIndex(); at += batch.size()) {
            batch.read(body, at);
            Item item = item(plan);
            items.add(item);
            fill(item);
            bytes += LightWriter.bytes(item.names, draft.size());
            total += draft.size();
        }
        Refusal refusal = lights.begin(bytes, plan);
        if (refusal != null) {
            replies.refusals().reply(request, refusal);
            return;
        }
        long[] positions = new long[count];
        long first = 0;
        int done = 0;
        for (int at = body.readerIndex(); at < body.writerIndex(); at += batch.size()) {
            batch.read(body, at);
            Item item = items.get(done);
            fill(item);
            lights.append(queue, draft, item.properties, item.names, item.offsets);
            positions[done] = lights.position();
            first = lights.queueOffset() - done;
            done++;
        }
        lights.submit(
                plan,
                new PendingSend(
                                replies,
                                request,
                                queue.topic(),
                                queue.id(),
                                first,
                                positions,
                                total,
                                Traffic.MessageType.NORMAL)
                        .batchKey(batchKey));
    }

    private void fill(Item item) {
        draft.queue(queue.id(), batch.flag())
                .body(body, batch.bodyAt(), batch.bodyLength())
                .properties(item.properties, 0, item.properties.readableBytes());
    }

    private Item item(LightOffsets.Plan plan) {
        String wanted = batch.lightQueues(body);
        ByteBuf properties = Unpooled.buffer(batch.propertiesLength() + 64);
        MessageProperties.copyWithout(
                properties,
                body,
                batch.propertiesAt(),
                batch.propertiesLength(),
                PropertyNames.INNER_MULTI_QUEUE_OFFSET);
        if (wanted.isEmpty()) {
            return new Item(properties, List.of(), "");
        }
        List<String> names = LightOffsets.namesOf(wanted);
        String offsets = plan.add(names);
        MessageProperties.append(properties, PropertyNames.INNER_MULTI_QUEUE_OFFSET, offsets);
        if (properties.readableBytes() > MessageView.MAX_PROPERTIES_BYTES) {
            throw new RequestException(
                    ResponseCode.MESSAGE_ILLEGAL,
                    "the batch has properties of " + properties.readableBytes() + " bytes, at most "
                            + MessageView.MAX_PROPERTIES_BYTES);
        }
        return new Item(properties, names, offsets);
    }
}
