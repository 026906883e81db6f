package io.vledger.broker.transaction;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.StoredMessages;
import io.vledger.broker.group.Refusals;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.OffsetMessageId;
import org.jspecify.annotations.Nullable;

/**
 * Has a half message checked anew from the first time (323), for a tool: one that was given up, or one that is open. RocketMQ takes any
 * message for a half message, and the same one twice; here one that is being checked already is refused. Loop only.
 */
final class ResumeCheckHandler implements RequestHandler {
    private final Group group;
    private final Transactions transactions;
    private final StoredMessages messages;
    private final OutcomeProposals proposals;
    private final Refusals refusals;
    private final MessageView view = new MessageView();
    private final HalfProperties properties = new HalfProperties();

    ResumeCheckHandler(
            Group group,
            Transactions transactions,
            StoredMessages messages,
            OutcomeProposals proposals,
            Refusals refusals) {
        this.group = group;
        this.transactions = transactions;
        this.messages = messages;
        this.proposals = proposals;
        this.refusals = refusals;
    }

    @Override
    public void handle(RpcRequest request) {
        Refusal refusal = group.refusal();
        if (refusal != null) {
            refusals.reply(request, refusal);
            return;
        }
        String id = request.fields().requiredText("msgId");
        OffsetMessageId.Parsed parsed = OffsetMessageId.parse(id);
        if (parsed == null) {
            throw wrong(id + " is not the offset id of a message");
        }
        request.detach();
        messages.find(parsed.physicalOffset(), (message, failure) -> {
            try {
                if (failure != null) {
                    throw wrong(String.valueOf(failure.getMessage()));
                }
                resume(request, id, message);
            } catch (RequestException refused) {
                request.reply(refused.code(), refused.getMessage());
            } finally {
                if (message != null) {
                    message.release();
                }
            }
        });
    }

    private void resume(RpcRequest request, String id, @Nullable ByteBuf message) {
        if (message == null || view.wrap(message, message.readerIndex(), message.readableBytes()) != null) {
            throw wrong("no message with the id " + id + " on this broker");
        }
        properties.scan(view);
        String topic = view.topic();
        Completion answer = outcome -> refusals.replyOutcome(request, outcome);
        Refusal refused;
        if (topic.equals(TopicNames.HALF)) {
            OpenHalf half = transactions.open(view.queueOffset());
            if (half == null || proposals.underWay(half.queueOffset())) {
                throw wrong("the half message " + id + " has an outcome, or was stored again since");
            }
            refused = proposals.move(half, view, 0, answer);
        } else if (topic.equals(TopicNames.TRANS_CHECK_MAX_TIME)) {
            long first = properties.preparedQueueOffset();
            if (first >= 0 && transactions.movedFrom(first) != null) {
                throw wrong("the half message " + id + " is being checked again already");
            }
            refused = proposals.putBack(view, first, answer);
        } else {
            throw wrong("the message " + id + " is not a half message, but of the topic " + topic);
        }
        if (refused != null) {
            refusals.reply(request, refused);
        }
    }

    private static RequestException wrong(String remark) {
        return new RequestException(ResponseCode.SYSTEM_ERROR, remark);
    }
}
