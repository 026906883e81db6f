package io.vledger.broker.transaction;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.StoredMessages;
import io.vledger.broker.config.Settings;
import io.vledger.broker.group.Refusals;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import io.vledger.protocol.message.SysFlag;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes a producer's decision about a half message (37): commits it or rolls it back. What the request says is a claim; it counts if
 * the message that lies where it points is a half message of that queue offset, producer group and transaction, and has no outcome yet.
 * Clients send it one way, so most of the answers are for nobody. Loop only.
 */
final class EndTransactionHandler implements RequestHandler {
    private final Group group;
    private final Transactions transactions;
    private final StoredMessages messages;
    private final OutcomeProposals proposals;
    private final CommitTargets targets;
    private final Refusals refusals;
    private final Settings settings;
    private final LongSupplier clock;
    private final MessageView view = new MessageView();
    private final HalfProperties properties = new HalfProperties();

    EndTransactionHandler(
            Group group,
            Transactions transactions,
            StoredMessages messages,
            OutcomeProposals proposals,
            CommitTargets targets,
            Refusals refusals,
            Settings settings,
            LongSupplier clock) {
        this.group = group;
        this.transactions = transactions;
        this.messages = messages;
        this.proposals = proposals;
        this.targets = targets;
        this.refusals = refusals;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public void handle(RpcRequest request) {
        Fields fields = request.fields();
        int decision = fields.requiredNumber("commitOrRollback");
        String id = fields.text("transactionId");
        Claim claim = new Claim(
                decision == SysFlag.TRANSACTION_COMMIT,
                fields.flag("fromTransactionCheck", false),
                fields.requiredLong("tranStateTableOffset"),
                fields.requiredLong("commitLogOffset"),
                fields.requiredText("producerGroup"),
                id == null ? "" : id);
        if (decision != SysFlag.TRANSACTION_COMMIT && decision != SysFlag.TRANSACTION_ROLLBACK) {
            request.reply(ResponseCode.SUCCESS, null); // the producer does not know: it will be asked again
            return;
        }
        Refusal refusal = group.refusal();
        if (refusal != null) {
            refusals.reply(request, refusal);
            return;
        }
        if (claim.queueOffset < 0 || claim.queueOffset >= proposals.halfQueue().maxOffset()) {
            throw wrong("The transaction state table offset wrong");
        }
        request.detach();
        messages.find(claim.position, (message, failure) -> {
            if (failure != null) {
                request.reply(ResponseCode.SYSTEM_ERROR, failure.getMessage());
                return;
            }
            try {
                settle(request, claim, message);
            } catch (RequestException refused) {
                request.reply(refused.code(), refused.getMessage());
            } finally {
                if (message != null) {
                    message.release();
                }
            }
        });
    }

    private void settle(RpcRequest request, Claim claim, @Nullable ByteBuf message) {
        Refusal refusal = group.refusal();
        if (refusal != null) {
            refusals.reply(request, refusal);
            return;
        }
        if (message == null || view.wrap(message, message.readerIndex(), message.readableBytes()) != null) {
            throw wrong("Find prepared transaction message failed");
        }
        properties.scan(view);
        checkClaim(claim);
        OpenHalf half = present(claim.queueOffset);
        if (half == null || proposals.underWay(half.queueOffset())) {
            throw wrong("the transaction at half queue offset " + claim.queueOffset + " has an outcome already");
        }
        Completion answer = outcome -> refusals.replyOutcome(request, outcome);
        Refusal refused = claim.commit
                ? proposals.commit(half, view, targets.of(view, properties), answer)
                : proposals.rollBack(half, answer);
        if (refused != null) {
            refusals.reply(request, refused);
        }
    }

    /** The half message as it is now: a check stores it again, and a producer may answer to an earlier place of it. */
    private @Nullable OpenHalf present(long queueOffset) {
        OpenHalf here = transactions.open(queueOffset);
        return here != null ? here : transactions.movedFrom(properties.first(queueOffset));
    }

    private void checkClaim(Claim claim) {
        if (!view.topic().equals(TopicNames.HALF) || view.queueId() != 0) {
            throw wrong("Find prepared transaction message failed");
        }
        if (!claim.fromCheck && CheckRules.of(settings).tooLate(properties, clock.getAsLong() - view.bornTimestamp())) {
            throw new RequestException(
                    ResponseCode.ILLEGAL_OPERATION,
                    "the time in which the producer could decide by itself (" + PropertyNames.CHECK_IMMUNITY_TIME
                            + ") is over; it will be asked");
        }
        if (!claim.producerGroup.equals(view.property(PropertyNames.PGROUP))) {
            throw wrong("The producer group wrong");
        }
        if (view.queueOffset() != claim.queueOffset) {
            throw wrong("The transaction state table offset wrong");
        }
        if (!claim.transactionId.isEmpty() && !claim.transactionId.equals(view.property(PropertyNames.UNIQ_KEY))) {
            throw wrong("the transaction id " + claim.transactionId + " is not that of the half message");
        }
    }

    private static RequestException wrong(String remark) {
        return new RequestException(ResponseCode.SYSTEM_ERROR, remark);
    }

    /**
     * What a request says.
     *
     * @param commit or roll back
     * @param fromCheck whether the producer was asked
     * @param queueOffset of the half message
     * @param position of the half message
     * @param transactionId its unique key; empty if not given
     */
    private record Claim(
            boolean commit,
            boolean fromCheck,
            long queueOffset,
            long position,
            String producerGroup,
            String transactionId) {}
}
