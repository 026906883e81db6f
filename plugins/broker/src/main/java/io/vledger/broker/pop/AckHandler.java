package io.vledger.broker.pop;

import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.JsonBody;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Acknowledges messages (200051, 200151). Success means that the message is consumed for the group, whichever member leads later: an
 * acknowledgement that comes too late, or with a receipt that is not the current one, is answered 208. One that is repeated is
 * answered like the first as far as that can be known. Loop only.
 */
final class AckHandler {
    private static final int MAX_ACKS = 4096;

    private final BrokerState state;
    private final PopState pops;
    private final PopChecks checks;
    private final PopProposals proposals;
    private final PopClock clock;
    private final Refusals refusals;
    private final PopCounters counters;

    AckHandler(
            BrokerState state,
            PopChecks checks,
            PopProposals proposals,
            PopClock clock,
            Refusals refusals,
            PopCounters counters) {
        this.counters = counters;
        this.state = state;
        this.pops = state.part(PopState.class);
        this.checks = checks;
        this.proposals = proposals;
        this.clock = clock;
        this.refusals = refusals;
    }

    /** 200051: one message. */
    void ack(RpcRequest request) {
        refusals.requireLeader();
        PopChecks.Claim claim = checks.claim(request.fields(), true);
        Acks acks = new Acks(request);
        acks.expect(1);
        ackOne(acks, claim);
    }

    /** 200151: many messages of one or more pops. */
    void batchAck(RpcRequest request) {
        refusals.requireLeader();
        List<Batch> batches = request.body().isReadable() ? JsonBody.read(request, AckHandler::batches) : List.of();
        if (batches.isEmpty()) {
            request.reply(ResponseCode.NO_MESSAGE, null);
            return;
        }
        Acks acks = new Acks(request);
        // Each part of it ends once, and the looking at it too.
        acks.expect(1);
        batches.forEach(batch -> ackAll(acks, batch));
        acks.read();
    }

    private static List<Batch> batches(Map<?, ?> json) {
        List<Batch> batches = new ArrayList<>();
        List<@Nullable Object> array = JsonFields.array(json, "acks");
        if (array.size() > MAX_ACKS) {
            throw new JsonException(array.size() + " acks; at most " + MAX_ACKS);
        }
        for (Object each : array) {
            Map<?, ?> ack = JsonFields.asObject(each);
            GroupTopic named = new GroupTopic(text(ack, "c", "consumerGroup"), text(ack, "t", "topic"));
            int mark = JsonFields.number(ack, "r", RetryTopics.NORMAL);
            Receipt receipt = new Receipt(
                    JsonFields.longNumber(ack, "so", -1),
                    JsonFields.longNumber(ack, "pt", -1),
                    JsonFields.longNumber(ack, "it", 0),
                    JsonFields.number(ack, "rq", 0));
            GroupTopic key = new GroupTopic(named.group(), RetryTopics.of(named, mark));
            batches.add(new Batch(key, JsonFields.number(ack, "q", -1), receipt, bits(text(ack, "b", "bitSet"))));
        }
        return batches;
    }

    private static String text(Map<?, ?> ack, String name, String longName) {
        return JsonFields.text(ack, name, JsonFields.text(ack, longName, ""));
    }

    private static BitSet bits(String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            if (bytes.length > Flight.MAX_DISTANCE / Byte.SIZE) {
                throw new JsonException("the bits of an ack are " + bytes.length + " bytes; at most "
                        + Flight.MAX_DISTANCE / Byte.SIZE);
            }
            return BitSet.valueOf(bytes);
        } catch (IllegalArgumentException e) {
            throw new JsonException("the bits of an ack are not Base64: " + e.getMessage());
        }
    }

    /** Messages of one pop. */
    private record Batch(GroupTopic key, int queueId, Receipt receipt, BitSet bits) {}

    /** Those of a batch that are in flight leave it in one operation. */
    private void ackAll(Acks acks, Batch batch) {
        long start = batch.receipt.start();
        PopQueue queue = batch.receipt.orderly() ? null : pops.find(batch.key, batch.queueId);
        Flight flight = queue == null ? null : queue.find(start, batch.receipt.popMs());
        int together = 0;
        for (int bit = batch.bits.nextSetBit(0); bit >= 0; bit = batch.bits.nextSetBit(bit + 1)) {
            int message = flight == null ? 0 : flight.bitOf(start + bit) & flight.open() & ~flight.leaving;
            if (message == 0) {
                acks.more();
                ackOne(acks, new PopChecks.Claim(batch.key, batch.queueId, start + bit, batch.receipt));
            }
            together |= message;
        }
        if (queue != null && flight != null && together != 0) {
            acks.more();
            propose(acks, queue, flight, batch.receipt, together);
        }
    }

    private void propose(Acks acks, PopQueue queue, Flight flight, Receipt receipt, int messages) {
        proposals.ack(queue, flight, messages, (fits, refusal) -> {
            if (fits) {
                counters.acknowledged(queue.key, Integer.bitCount(messages));
            }
            // One that was under way may have come first: then this one is a repeated one.
            acks.ended(fits || (refusal == null && anyConsumed(queue, flight, receipt, messages)), refusal);
        });
    }

    private boolean anyConsumed(PopQueue queue, Flight flight, Receipt receipt, int messages) {
        for (int left = messages; left != 0; left &= left - 1) {
            if (consumed(queue, receipt, flight.queueOffset(Integer.numberOfTrailingZeros(left)))) {
                return true;
            }
        }
        return false;
    }

    private void ackOne(Acks acks, PopChecks.Claim claim) {
        PopQueue queue = pops.find(claim.key(), claim.queueId());
        Receipt receipt = claim.receipt();
        long queueOffset = claim.queueOffset();
        if (receipt.orderly()) {
            ackInOrder(acks, claim.key(), queue, receipt, queueOffset);
            return;
        }
        Flight flight = queue == null ? null : queue.find(receipt.start(), receipt.popMs());
        int bit = flight == null ? 0 : flight.bitOf(queueOffset);
        if (queue == null || flight == null || (flight.open() & bit) == 0) {
            acks.ended(consumed(queue, receipt, queueOffset), null);
        } else if ((flight.leaving & bit) != 0) {
            acks.ended(false, null);
        } else {
            propose(acks, queue, flight, receipt, bit);
        }
    }

    /**
     * Whether a message that is not in flight with this receipt must have been acknowledged before: its time is not over, no later
     * flight has it, and none can have had it that was over sooner.
     */
    private boolean consumed(@Nullable PopQueue queue, Receipt receipt, long queueOffset) {
        if (queue == null || queueOffset >= queue.cursor || queue.isVoid(receipt.popMs()) || queue.holds(queueOffset)) {
            return false;
        }
        long now = clock.nowMs();
        return receipt.deadlineMs() > now && !queue.shortened().mayPrecede(queueOffset, receipt.popMs(), now);
    }

    private void ackInOrder(Acks acks, GroupTopic key, @Nullable PopQueue queue, Receipt receipt, long queueOffset) {
        OrderLock lock = queue == null ? null : queue.lock();
        int index = lock == null ? -1 : lock.indexOf(queueOffset);
        acks.orderly = true;
        if (queueOffset < state.offsets().find(key, queue == null ? -1 : queue.queueId)) {
            acks.ended(true, null);
        } else if (queue == null || lock == null || lock.popMs != receipt.popMs() || index < 0) {
            acks.ended(false, null);
        } else {
            proposals.add(target -> PopOp.orderAck(target, queue, receipt.popMs(), index), acks::ended);
        }
    }

    /** The acknowledgements of one request, answered together. */
    private final class Acks {
        private final RpcRequest request;
        private boolean orderly;
        private int awaited;
        private int done;
        private @Nullable Refusal refusal;

        Acks(RpcRequest request) {
            this.request = request;
        }

        void expect(int count) {
            awaited = count;
        }

        /** One more will end. */
        void more() {
            awaited++;
        }

        /** Everything of the request was looked at. */
        void read() {
            end();
        }

        void ended(boolean acked, @Nullable Refusal why) {
            if (why != null) {
                refusal = why;
            } else if (acked) {
                done++;
            }
            end();
        }

        private void end() {
            if (--awaited > 0) {
                return;
            }
            if (refusal != null) {
                refusals.replyHere(request, refusal);
            } else if (done > 0) {
                request.reply(ResponseCode.SUCCESS, null);
            } else {
                request.reply(orderly ? ResponseCode.MESSAGE_ILLEGAL : ResponseCode.NO_MESSAGE, Receipt.NOT_IN_FLIGHT);
            }
        }
    }
}
