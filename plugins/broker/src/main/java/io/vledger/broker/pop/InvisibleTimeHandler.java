package io.vledger.broker.pop;

import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.state.BrokerState;
import io.vledger.protocol.ResponseCode;
import org.jspecify.annotations.Nullable;

/**
 * Changes how long a message that was popped is invisible, from now on (200053): how clients give a message back for later, and how they
 * keep one that they still work on. The receipt that is shown is void afterwards; the answer makes a new one. A message that is given
 * back with {@code suspend} was not tried: it does not come nearer to a dead letter. Loop only.
 */
final class InvisibleTimeHandler {
    private final PopState pops;
    private final PopChecks checks;
    private final PopProposals proposals;
    private final PopClock clock;
    private final Refusals refusals;

    InvisibleTimeHandler(
            BrokerState state, PopChecks checks, PopProposals proposals, PopClock clock, Refusals refusals) {
        this.pops = state.part(PopState.class);
        this.checks = checks;
        this.proposals = proposals;
        this.clock = clock;
        this.refusals = refusals;
    }

    /** 200053. */
    void change(RpcRequest request) {
        refusals.requireLeader();
        Fields fields = request.fields();
        PopChecks.Claim claim = checks.claim(fields, false);
        long queueOffset = claim.queueOffset();
        Receipt receipt = claim.receipt();
        long invisibleMs = Math.max(1, fields.requiredLong("invisibleTime"));
        PopQueue queue = pops.find(claim.key(), claim.queueId());
        if (queue == null) {
            throw new RequestException(ResponseCode.NO_MESSAGE, Receipt.NOT_IN_FLIGHT);
        }
        if (receipt.orderly()) {
            changeInOrder(request, queue, receipt, queueOffset, invisibleMs);
            return;
        }
        Flight flight = queue.find(receipt.start(), receipt.popMs());
        int bit = flight == null ? 0 : flight.bitOf(queueOffset);
        if (flight == null || (flight.open() & bit & ~flight.acking & ~flight.leaving) == 0) {
            throw new RequestException(ResponseCode.NO_MESSAGE, Receipt.NOT_IN_FLIGHT);
        }
        flight.leaving |= bit;
        int index = Integer.numberOfTrailingZeros(bit);
        long popMs = Math.max(clock.nowMs(), flight.popMs + 1);
        PopOp.Change change = new PopOp.Change(index, popMs, invisibleMs, fields.flag("suspend", false));
        proposals.add(target -> PopOp.change(target, queue, flight, change), (fits, refusal) -> {
            flight.leaving &= ~bit;
            answer(request, fits, refusal, new Receipt(queueOffset, popMs, invisibleMs, Receipt.UNORDERED));
        });
    }

    private void changeInOrder(
            RpcRequest request, PopQueue queue, Receipt receipt, long queueOffset, long invisibleMs) {
        OrderLock lock = queue.lock();
        int index = lock == null ? -1 : lock.indexOf(queueOffset);
        if (lock == null || lock.popMs != receipt.popMs() || index < 0 || lock.acked(index)) {
            throw new RequestException(ResponseCode.NO_MESSAGE, Receipt.NOT_IN_FLIGHT);
        }
        long popMs = lock.popMs;
        long sum = clock.nowMs() + invisibleMs;
        long visibleMs = sum < invisibleMs ? Long.MAX_VALUE : sum;
        proposals.add(
                target -> PopOp.orderChange(target, queue, popMs, index, visibleMs),
                (fits, refusal) -> answer(
                        request, fits, refusal, new Receipt(queueOffset, popMs, visibleMs - popMs, Receipt.ORDERLY)));
    }

    private void answer(RpcRequest request, boolean fits, @Nullable Refusal refusal, Receipt receipt) {
        if (refusal != null) {
            refusals.replyHere(request, refusal);
        } else if (!fits) {
            request.reply(ResponseCode.NO_MESSAGE, Receipt.NOT_IN_FLIGHT);
        } else {
            request.reply(
                    ResponseCode.SUCCESS,
                    null,
                    sink -> sink.put("popTime", receipt.popMs())
                            .put("invisibleTime", receipt.invisibleMs())
                            .put("reviveQid", receipt.reviveQueue()),
                    null);
        }
    }
}
