package io.vledger.grpc.service;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Status;
import io.vertx.core.Future;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.grpc.broker.GroupSettings;
import io.vledger.grpc.broker.Receipts;
import io.vledger.grpc.call.CallContext;
import io.vledger.grpc.call.Calls;
import io.vledger.grpc.call.Names;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.call.Statuses;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.message.PoppedMessages;
import io.vledger.grpc.message.PoppedMessages.Popped;
import io.vledger.grpc.message.Times;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.PropertyNames;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** ReceiveMessage: a pop of all queues of a topic in one group, which waits for messages as long as the client does. */
public final class ReceiveService {
    static final long MIN_POLL_MS = 5_000;
    static final long MAX_POLL_MS = 20_000;
    static final int MAX_MESSAGES = 32;
    private static final long MIN_INVISIBLE_MS = 10_000;
    private static final long MAX_INVISIBLE_MS = 12 * 3_600_000L;
    /** How much longer a broker may take than it is asked to wait. */
    private static final int GRACE_MS = 3_000;

    private static final long REFUSED_INVISIBLE_MS = 1_000;
    private static final int ALL_QUEUES = -1;
    private static final int FROM_END = 1;
    /** Clients from this version on know of a status for a deadline that is too near. */
    private static final String FIRST_WITH_ILLEGAL_POLLING_TIME = "5.0.3";

    private final Brokers brokers;
    private int turn;

    /** Made once. */
    public ReceiveService(Brokers brokers) {
        this.brokers = brokers;
    }

    /** Takes what is answered. */
    public interface Stream {
        /** Sends a part. */
        void write(ReceiveMessageResponse part);

        /** Ends the answer. */
        void end();

        /** Whether the client has given up. */
        boolean cancelled();
    }

    /**
     * A pop that is under way.
     *
     * @param tags if messages are selected by tag, the wanted ones: brokers select by their hash; empty for all
     */
    private record Pop(
            Client client,
            ReceiveMessageRequest request,
            String topic,
            String group,
            String broker,
            boolean orderly,
            int maxAttempts,
            long invisibleMs,
            long pollMs,
            Set<String> tags) {}

    /** Receives. */
    public void receive(Client client, CallContext context, ReceiveMessageRequest request, Stream stream) {
        Future<?> received;
        try {
            received = receiveChecked(client, context, request, stream);
        } catch (StatusException refused) {
            received = Future.failedFuture(refused);
        }
        received.onFailure(cause -> {
            if (!stream.cancelled()) {
                status(stream, Calls.failed("ReceiveMessage", cause));
                end(stream);
            }
        });
    }

    private Future<?> receiveChecked(Client client, CallContext context, ReceiveMessageRequest request, Stream stream) {
        long pollMs = pollMs(client, context, request);
        String topic = Names.topic(request.getMessageQueue().getTopic());
        String group = Names.group(request.getGroup());
        long invisibleMs = request.getAutoRenew() ? client.renewals().invisibleMs() : invisibleMs(request);
        Set<String> tags = tags(request.getFilterExpression());
        return brokers.routes().find(topic).compose(route -> {
            String wanted = request.getMessageQueue().getBroker().getName();
            String broker = route.readBroker(wanted, turn++);
            if (broker == null) {
                throw new StatusException(Code.FORBIDDEN, "no readable queue");
            }
            return brokers.groups()
                    .find(client.links(), broker, group)
                    .compose(settings -> pop(
                            new Pop(
                                    client,
                                    request,
                                    topic,
                                    group,
                                    broker,
                                    orderly(client, settings),
                                    settings.retryPolicy().getMaxAttempts(),
                                    invisibleMs,
                                    pollMs,
                                    tags),
                            stream));
        });
    }

    private static boolean orderly(Client client, GroupSettings settings) {
        Settings said = client.settings();
        return settings.orderly() || (said != null && said.getSubscription().getFifo());
    }

    private static long pollMs(Client client, CallContext context, ReceiveMessageRequest request) {
        long remaining = context.remainingMs();
        long wanted;
        if (request.hasLongPollingTimeout()) {
            wanted = Times.ms(request.getLongPollingTimeout());
        } else {
            Settings said = client.settings();
            wanted = remaining - (said == null ? 0 : Times.ms(said.getRequestTimeout()) / 2);
        }
        long poll = Math.max(MIN_POLL_MS, Math.min(MAX_POLL_MS, wanted));
        if (poll <= remaining) {
            return poll;
        }
        if (remaining >= MIN_POLL_MS) {
            return remaining;
        }
        boolean old = context.clientVersion().compareTo(FIRST_WITH_ILLEGAL_POLLING_TIME) < 0;
        throw new StatusException(
                old ? Code.BAD_REQUEST : Code.ILLEGAL_POLLING_TIME,
                "The deadline time remaining is not enough for polling, please check network condition");
    }

    private static long invisibleMs(ReceiveMessageRequest request) {
        long wanted = Times.ms(request.getInvisibleDuration());
        if (wanted < MIN_INVISIBLE_MS) {
            throw new StatusException(
                    Code.ILLEGAL_INVISIBLE_TIME, "the invisibleTime is too small. min is " + MIN_INVISIBLE_MS);
        }
        AckService.checkInvisible(wanted, MAX_INVISIBLE_MS);
        return wanted;
    }

    /** The tags that a filter wants; empty for all, or if it selects otherwise. */
    static Set<String> tags(FilterExpression filter) {
        Set<String> tags = new HashSet<>();
        if (filter.getType() == FilterType.SQL) {
            return tags;
        }
        String expression = filter.getExpression();
        if (expression.isEmpty() || expression.equals("*")) {
            return tags;
        }
        for (String tag : expression.split("\\|\\|")) {
            if (!tag.isBlank()) {
                tags.add(tag.trim());
            }
        }
        if (tags.isEmpty()) {
            throw new StatusException(Code.ILLEGAL_FILTER_EXPRESSION, "subString split error");
        }
        return tags;
    }

    private Future<?> pop(Pop pop, Stream stream) {
        ReceiveMessageRequest request = pop.request;
        FilterExpression filter = request.getFilterExpression();
        String expression = filter.getExpression();
        long now = brokers.nowMs();
        return pop.client
                .links()
                .call(
                        pop.broker,
                        RequestCode.POP_MESSAGE,
                        fields -> {
                            fields.put("consumerGroup", pop.group)
                                    .put("topic", pop.topic)
                                    .put("queueId", ALL_QUEUES)
                                    .put("maxMsgNums", Math.min(MAX_MESSAGES, request.getBatchSize()))
                                    .put("invisibleTime", pop.invisibleMs)
                                    .put("pollTime", pop.pollMs)
                                    .put("bornTime", now)
                                    .put("initMode", FROM_END)
                                    .put("expType", filter.getType() == FilterType.SQL ? "SQL92" : "TAG")
                                    .put("exp", expression.isEmpty() ? "*" : expression)
                                    .put("order", pop.orderly);
                            if (request.hasAttemptId()) {
                                fields.put("attemptId", request.getAttemptId());
                            }
                        },
                        null,
                        pop.pollMs + GRACE_MS)
                .map(answer -> {
                    answered(pop, answer, stream);
                    return answer;
                });
    }

    private void answered(Pop pop, RpcAnswer answer, Stream stream) {
        if (answer.code() == ResponseCode.SUCCESS) {
            found(pop, answer, stream);
            return;
        }
        if (stream.cancelled()) {
            return;
        }
        status(
                stream,
                switch (answer.code()) {
                    case ResponseCode.POLLING_FULL -> Statuses.of(Code.TOO_MANY_REQUESTS, "polling full");
                    case ResponseCode.POLLING_TIMEOUT, ResponseCode.PULL_NOT_FOUND ->
                        Statuses.of(Code.MESSAGE_NOT_FOUND, "no new message");
                    default -> Statuses.of(answer.code(), answer.remark());
                });
        end(stream);
    }

    private void found(Pop pop, RpcAnswer answer, Stream stream) {
        Receipts receipts = pop.client.renewals().receipts();
        List<Popped> given = new ArrayList<>();
        for (Popped popped : PoppedMessages.read(pop.broker, answer.fields(), answer.body())) {
            String tag = popped.message().property(PropertyNames.TAGS);
            if (!pop.tags.isEmpty() && (tag == null || !pop.tags.contains(tag))) {
                var unused = receipts.acknowledge(pop.group, pop.topic, popped.handle());
            } else if (popped.triedBefore() >= pop.maxAttempts) {
                var unused = receipts.bury(
                        pop.group, pop.topic, popped.handle(), popped.message().messageId());
            } else if (stream.cancelled()) {
                var unused = receipts.change(pop.group, pop.topic, popped.handle(), REFUSED_INVISIBLE_MS);
            } else {
                given.add(popped);
            }
        }
        if (stream.cancelled()) {
            return;
        }
        status(stream, given.isEmpty() ? Statuses.of(Code.MESSAGE_NOT_FOUND, "no match message") : Statuses.OK);
        for (Popped popped : given) {
            if (pop.request.getAutoRenew()) {
                pop.client.renewals().add(pop.group, pop.topic, popped.handle());
            }
            stream.write(ReceiveMessageResponse.newBuilder()
                    .setMessage(popped.message().toProto(popped.handle().text(), popped.triedBefore()))
                    .build());
        }
        end(stream);
    }

    private static void status(Stream stream, Status status) {
        stream.write(ReceiveMessageResponse.newBuilder().setStatus(status).build());
    }

    private void end(Stream stream) {
        stream.write(ReceiveMessageResponse.newBuilder()
                .setDeliveryTimestamp(Times.timestamp(brokers.nowMs()))
                .build());
        stream.end();
    }
}
