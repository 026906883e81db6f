package io.vledger.grpc.service;

import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.ChangeInvisibleDurationRequest;
import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.EndTransactionRequest;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueRequest;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.NotifyClientTerminationRequest;
import apache.rocketmq.v2.QueryAssignmentRequest;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.RecallMessageRequest;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.TelemetryCommand;
import io.vledger.api.rpc.CallAccess.Use;
import io.vledger.api.rpc.CallAccess.Wanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What calls need, as in RocketMQ's proxy. */
public final class CallRights {
    private static final Set<ClientType> CONSUMERS =
            Set.of(ClientType.PUSH_CONSUMER, ClientType.SIMPLE_CONSUMER, ClientType.PULL_CONSUMER);

    private CallRights() {}

    /** Of a send. */
    public static List<Wanted> send(SendMessageRequest request) {
        return request.getMessagesList().stream()
                .map(message -> message.getTopic().getName())
                .distinct()
                .map(topic -> new Wanted(Use.PUBLISH, topic))
                .toList();
    }

    /** Of the end of a transaction. */
    public static List<Wanted> endTransaction(EndTransactionRequest request) {
        return List.of(wanted(Use.PUBLISH, request.getTopic()));
    }

    /** Of the recall of a message. */
    public static List<Wanted> recall(RecallMessageRequest request) {
        return List.of(wanted(Use.PUBLISH, request.getTopic()));
    }

    /** Of a receive. */
    public static List<Wanted> receive(ReceiveMessageRequest request) {
        return consume(request.getGroup(), request.getMessageQueue().getTopic());
    }

    /** Of an acknowledgement. */
    public static List<Wanted> acknowledge(AckMessageRequest request) {
        return consume(request.getGroup(), request.getTopic());
    }

    /** Of a change of a message's invisible time; RocketMQ asks for the right on the group alone. */
    public static List<Wanted> change(ChangeInvisibleDurationRequest request) {
        return consume(request.getGroup(), request.getTopic());
    }

    /** Of a message that becomes a dead letter. */
    public static List<Wanted> bury(ForwardMessageToDeadLetterQueueRequest request) {
        return consume(request.getGroup(), request.getTopic());
    }

    /** Of a question for a route. */
    public static List<Wanted> route(QueryRouteRequest request) {
        return List.of(wanted(Use.PUBLISH_OR_CONSUME, request.getTopic()));
    }

    /** Of a question for what to read. */
    public static List<Wanted> assignment(QueryAssignmentRequest request) {
        return consume(request.getGroup(), request.getTopic());
    }

    /** Of a heartbeat. */
    public static List<Wanted> heartbeat(HeartbeatRequest request) {
        return CONSUMERS.contains(request.getClientType())
                ? List.of(wanted(Use.CONSUME_AS, request.getGroup()))
                : List.of();
    }

    /** Of a client that leaves. */
    public static List<Wanted> leave(NotifyClientTerminationRequest request) {
        return request.getGroup().getName().isBlank() ? List.of() : List.of(wanted(Use.CONSUME_AS, request.getGroup()));
    }

    /** Of a command of the stream. */
    public static List<Wanted> command(TelemetryCommand command) {
        List<Wanted> all = new ArrayList<>();
        if (command.hasSettings()) {
            Settings settings = command.getSettings();
            settings.getPublishing().getTopicsList().forEach(topic -> all.add(wanted(Use.PUBLISH, topic)));
            if (settings.hasSubscription()) {
                all.add(wanted(Use.CONSUME_AS, settings.getSubscription().getGroup()));
                settings.getSubscription()
                        .getSubscriptionsList()
                        .forEach(entry -> all.add(wanted(Use.CONSUME, entry.getTopic())));
            }
        }
        return all;
    }

    private static List<Wanted> consume(Resource group, Resource topic) {
        return List.of(wanted(Use.CONSUME_AS, group), wanted(Use.CONSUME, topic));
    }

    private static Wanted wanted(Use use, Resource resource) {
        return new Wanted(use, resource.getName());
    }
}
