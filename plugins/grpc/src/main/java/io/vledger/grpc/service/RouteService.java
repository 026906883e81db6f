package io.vledger.grpc.service;

import apache.rocketmq.v2.Assignment;
import apache.rocketmq.v2.Broker;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Endpoints;
import apache.rocketmq.v2.MessageQueue;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Permission;
import apache.rocketmq.v2.QueryAssignmentRequest;
import apache.rocketmq.v2.QueryAssignmentResponse;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.Resource;
import io.vertx.core.Future;
import io.vledger.grpc.broker.GroupSettings;
import io.vledger.grpc.broker.TopicRoute;
import io.vledger.grpc.broker.TopicRoute.BrokerQueues;
import io.vledger.grpc.call.Names;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.call.Statuses;
import io.vledger.grpc.client.Client;
import java.util.ArrayList;
import java.util.List;

/**
 * QueryRoute and QueryAssignment. Every queue is reached at the addresses that the client asked with: all members serve all queues, so a
 * client that was given several of them goes on at the next when one has died.
 */
public final class RouteService {
    private static final int ANY_QUEUE = -1;

    private final Brokers brokers;

    /** Made once. */
    public RouteService(Brokers brokers) {
        this.brokers = brokers;
    }

    /** Where a topic is. */
    public Future<QueryRouteResponse> route(QueryRouteRequest request) {
        return brokers.routes().find(Names.topic(request.getTopic())).map(route -> {
            QueryRouteResponse.Builder response =
                    QueryRouteResponse.newBuilder().setStatus(Statuses.OK);
            List<MessageType> types = types(route.messageType());
            for (BrokerQueues queues : route.brokers()) {
                add(response, queues, request, types);
            }
            return response.build();
        });
    }

    private static void add(
            QueryRouteResponse.Builder response,
            BrokerQueues queues,
            QueryRouteRequest request,
            List<MessageType> types) {
        boolean readable = (queues.perm() & io.vledger.protocol.Permission.READ) != 0;
        boolean writable = (queues.perm() & io.vledger.protocol.Permission.WRITE) != 0;
        int reads = readable ? queues.readQueues() : 0;
        int writes = writable ? queues.writeQueues() : 0;
        int both = Math.min(reads, writes);
        int none = readable || writable ? 0 : Math.max(1, Math.max(queues.readQueues(), queues.writeQueues()));
        Broker broker = broker(queues.broker(), request.getEndpoints());
        int id = 0;
        int[] counts = {reads - both, writes - both, both, none};
        Permission[] permissions = {Permission.READ, Permission.WRITE, Permission.READ_WRITE, Permission.NONE};
        for (int kind = 0; kind < counts.length; kind++) {
            for (int i = 0; i < counts[kind]; i++) {
                response.addMessageQueues(MessageQueue.newBuilder()
                        .setBroker(broker)
                        .setTopic(request.getTopic())
                        .setId(id++)
                        .setPermission(permissions[kind])
                        .addAllAcceptMessageTypes(types));
            }
        }
    }

    private static Broker broker(String name, Endpoints endpoints) {
        return Broker.newBuilder()
                .setName(name)
                .setId(0)
                .setEndpoints(endpoints)
                .build();
    }

    private static List<MessageType> types(String topicType) {
        return switch (topicType) {
            case "NORMAL" -> List.of(MessageType.NORMAL);
            case "FIFO" -> List.of(MessageType.FIFO);
            case "TRANSACTION" -> List.of(MessageType.TRANSACTION);
            case "DELAY" -> List.of(MessageType.DELAY);
            case "PRIORITY" -> List.of(MessageType.PRIORITY);
            case "LITE" -> List.of(MessageType.LITE);
            case "MIXED" -> List.of(MessageType.NORMAL, MessageType.FIFO, MessageType.DELAY, MessageType.TRANSACTION);
            default -> List.of(MessageType.MESSAGE_TYPE_UNSPECIFIED);
        };
    }

    /** What a push consumer is to read: every group of the topic, each client all of it, since POP divides messages and not queues. */
    public Future<QueryAssignmentResponse> assignment(Client client, QueryAssignmentRequest request) {
        String topic = Names.topic(request.getTopic());
        String group = Names.group(request.getGroup());
        return brokers.routes().find(topic).compose(route -> settings(client, route, group)
                .map(settings -> assignment(request, route, settings)));
    }

    private Future<GroupSettings> settings(Client client, TopicRoute route, String group) {
        return brokers.groups().find(client.links(), route.brokers().get(0).broker(), group);
    }

    private static QueryAssignmentResponse assignment(
            QueryAssignmentRequest request, TopicRoute route, GroupSettings settings) {
        List<Assignment> assignments = new ArrayList<>();
        for (BrokerQueues queues : route.brokers()) {
            if (queues.readable()) {
                boolean writable = (queues.perm() & io.vledger.protocol.Permission.WRITE) != 0;
                int first = settings.orderly() ? 0 : ANY_QUEUE;
                int end = settings.orderly() ? queues.readQueues() : first + 1;
                for (int id = first; id < end; id++) {
                    assignments.add(assignment(request, queues.broker(), id, writable));
                }
            }
        }
        if (assignments.isEmpty()) {
            throw new StatusException(Code.FORBIDDEN, "no readable queue");
        }
        return QueryAssignmentResponse.newBuilder()
                .setStatus(Statuses.OK)
                .addAllAssignments(assignments)
                .build();
    }

    private static Assignment assignment(QueryAssignmentRequest request, String broker, int id, boolean writable) {
        Resource topic = request.getTopic();
        return Assignment.newBuilder()
                .setMessageQueue(MessageQueue.newBuilder()
                        .setTopic(topic)
                        .setId(id)
                        .setPermission(writable ? Permission.READ_WRITE : Permission.READ)
                        .setBroker(broker(broker, request.getEndpoints())))
                .build();
    }
}
