package io.vledger.broker.pop;

import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.filter.FilterCache;
import io.vledger.broker.filter.FilterException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.filter.TagFilter;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.protocol.ResponseCode;
import java.util.function.LongSupplier;

/** Checks pops (200050), waits for notification (200054) and questions about who waits (200055). Loop only. */
final class PopHandler {
    private static final int MAX_FROM_END = 1;
    /** A pop that comes later than this after its time is over is not served: its client has given up. */
    private static final long LATE_MS = 500;
    /** A pop is answered so long before its time is over. */
    private static final long EARLY_MS = 50;
    /** Longest wait; a member that relays a request gives up later. */
    private static final long MAX_POLL_MS = 25_000;

    private static final int NO_MESSAGES = 1;

    private final PopChecks checks;
    private final PopResponder responder;
    private final LongSupplier clock;

    private final FilterCache filters = new FilterCache();

    PopHandler(PopChecks checks, PopResponder responder, LongSupplier clock) {
        this.checks = checks;
        this.responder = responder;
        this.clock = clock;
    }

    /** 200050: gives messages to a consumer, invisible to others for a time. */
    void pop(RpcRequest request) {
        Fields fields = request.fields();
        long now = clock.getAsLong();
        long pollMs = fields.requiredLong("pollTime");
        long bornMs = born(fields, now);
        if (now - bornMs - pollMs > LATE_MS) {
            throw new RequestException(ResponseCode.POLLING_TIMEOUT, "the pop is late: its time is over");
        }
        checks.broker();
        int maxMessages = fields.requiredNumber("maxMsgNums");
        if (maxMessages > Flight.MAX_MESSAGES) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "a pop of " + maxMessages + " messages; at most " + Flight.MAX_MESSAGES);
        }
        GroupTopic key = checks.reader(fields);
        boolean order = fields.flag("order", false);
        String attemptId = fields.text("attemptId");
        Pop.Wish wish = new Pop.Wish(
                order,
                attemptId == null || attemptId.length() > Short.MAX_VALUE / 4 ? "" : attemptId,
                Math.max(1, fields.requiredLong("invisibleTime")),
                fields.requiredNumber("initMode") == MAX_FROM_END,
                false);
        responder.serve(
                new Pop(
                        request,
                        key,
                        Math.max(Pop.ALL_QUEUES, fields.requiredNumber("queueId")),
                        filter(fields),
                        wish,
                        Math.max(1, maxMessages),
                        deadline(now, bornMs, pollMs)),
                true);
    }

    private static long born(Fields fields, long now) {
        long born = fields.longNumber("bornTime", 0);
        return born == 0 ? now : born;
    }

    /** By the client's clock, but never longer than it wants to wait. */
    private static long deadline(long now, long bornMs, long pollMs) {
        long wait = Math.min(Math.min(pollMs, MAX_POLL_MS), bornMs - now + pollMs) - EARLY_MS;
        return pollMs <= 0 || wait <= 0 ? 0 : now + wait;
    }

    private MessageFilter filter(Fields fields) {
        String expression = fields.text("exp");
        if (expression == null || expression.isEmpty()) {
            return TagFilter.ALL;
        }
        String type = fields.text("expType");
        try {
            return filters.parse(type == null ? "" : type, expression);
        } catch (FilterException e) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_PARSE_FAILED,
                    "parse the consumer's subscription failed: " + e.getMessage());
        }
    }

    /** 200054: says whether there are messages, and waits until there are. */
    void notification(RpcRequest request) {
        checks.broker();
        Fields fields = request.fields();
        long now = clock.getAsLong();
        GroupTopic key = checks.reader(fields);
        String attemptId = fields.text("attemptId");
        Pop.Wish wish = new Pop.Wish(fields.flag("order", false), attemptId == null ? "" : attemptId, 1, false, true);
        long deadlineMs = deadline(now, born(fields, now), fields.requiredLong("pollTime"));
        int queueId = Math.max(Pop.ALL_QUEUES, fields.requiredNumber("queueId"));
        responder.serve(new Pop(request, key, queueId, filter(fields), wish, NO_MESSAGES, deadlineMs), true);
    }

    /** 200055: how many pops of a group wait for messages of a queue. */
    void pollingInfo(RpcRequest request) {
        checks.broker();
        GroupTopic key = checks.reader(request.fields());
        int queueId = Math.max(Pop.ALL_QUEUES, request.fields().requiredNumber("queueId"));
        int waiting = responder.waits().waiting(key, queueId);
        request.reply(ResponseCode.SUCCESS, null, sink -> sink.put("pollingNum", waiting), null);
    }
}
