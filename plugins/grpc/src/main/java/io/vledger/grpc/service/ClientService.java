package io.vledger.grpc.service;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.ExponentialBackoff;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.HeartbeatResponse;
import apache.rocketmq.v2.Metric;
import apache.rocketmq.v2.NotifyClientTerminationRequest;
import apache.rocketmq.v2.NotifyClientTerminationResponse;
import apache.rocketmq.v2.RetryPolicy;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Subscription;
import apache.rocketmq.v2.SubscriptionEntry;
import apache.rocketmq.v2.TelemetryCommand;
import io.vertx.core.Future;
import io.vledger.grpc.broker.GroupSettings;
import io.vledger.grpc.broker.TopicRoute;
import io.vledger.grpc.call.Names;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.call.Statuses;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.client.ClientRegistry;
import io.vledger.grpc.client.Registrations;
import io.vledger.grpc.message.MessageToSend;
import io.vledger.grpc.message.Times;
import java.util.function.Predicate;

/**
 * Telemetry, Heartbeat and NotifyClientTermination. What a client says of itself is kept in memory alone: to another member it says it
 * again, over the stream that it opens there.
 */
public final class ClientService {
    private static final int PRODUCER_ATTEMPTS = 3;
    private static final long PRODUCER_WAIT_MS = 10;
    private static final long PRODUCER_MAX_WAIT_MS = 1_000;
    private static final int PRODUCER_MULTIPLIER = 2;

    private final Brokers brokers;
    private final ClientRegistry clients;
    private final Registrations registrations;

    /** Made once. */
    public ClientService(Brokers brokers, ClientRegistry clients, Registrations registrations) {
        this.brokers = brokers;
        this.clients = clients;
        this.registrations = registrations;
    }

    /**
     * A command of a client.
     *
     * @param stream by which the client is asked from now on, if the command says what it is
     * @return the answer to it, or null if it needs none; fails with {@link StatusException} if the stream is to end
     */
    public Future<TelemetryCommand> command(
            Client client, TelemetryCommand command, Predicate<TelemetryCommand> stream) {
        return switch (command.getCommandCase()) {
            case SETTINGS -> settings(client, command.getSettings(), stream);
            case THREAD_STACK_TRACE -> {
                client.brokerRequests().answered(command.getThreadStackTrace().getNonce(), command);
                yield Future.succeededFuture();
            }
            case VERIFY_MESSAGE_RESULT -> {
                client.brokerRequests()
                        .answered(command.getVerifyMessageResult().getNonce(), command);
                yield Future.succeededFuture();
            }
            default -> Future.succeededFuture();
        };
    }

    private Future<TelemetryCommand> settings(Client client, Settings said, Predicate<TelemetryCommand> stream) {
        if (said.hasPublishing()) {
            said.getPublishing().getTopicsList().forEach(Names::topic);
        } else if (said.hasSubscription()) {
            Names.group(said.getSubscription().getGroup());
            said.getSubscription().getSubscriptionsList().forEach(ClientService::checkExpression);
        } else {
            throw new StatusException(Code.BAD_REQUEST, "there is no publishing or subscription data in settings");
        }
        client.settings(said, brokers.nowMs());
        client.stream(stream);
        // The broker knows the client before its first call that relies on it.
        return registrations
                .register(client)
                .otherwiseEmpty()
                .compose(done -> merged(client, said))
                .map(merged -> TelemetryCommand.newBuilder()
                        .setStatus(Statuses.OK)
                        .setSettings(merged)
                        .build());
    }

    private static void checkExpression(SubscriptionEntry entry) {
        try {
            ReceiveService.tags(entry.getExpression());
        } catch (StatusException wrong) {
            throw new StatusException(wrong.code(), "expression format is not correct");
        }
    }

    private Future<Settings> merged(Client client, Settings said) {
        Settings.Builder merged = said.toBuilder().setMetric(Metric.newBuilder().setOn(false));
        if (said.hasPublishing()) {
            merged.setBackoffPolicy(RetryPolicy.newBuilder()
                    .setMaxAttempts(PRODUCER_ATTEMPTS)
                    .setExponentialBackoff(ExponentialBackoff.newBuilder()
                            .setInitial(Times.duration(PRODUCER_WAIT_MS))
                            .setMax(Times.duration(PRODUCER_MAX_WAIT_MS))
                            .setMultiplier(PRODUCER_MULTIPLIER)));
            merged.getPublishingBuilder().setValidateMessageType(true).setMaxBodySize(MessageToSend.MAX_BODY_BYTES);
            return Future.succeededFuture(merged.build());
        }
        return groupSettings(client, said.getSubscription()).map(group -> {
            merged.setBackoffPolicy(group.retryPolicy());
            merged.getSubscriptionBuilder()
                    .setReceiveBatchSize(ReceiveService.MAX_MESSAGES)
                    .setLongPollingTimeout(Times.duration(ReceiveService.MAX_POLL_MS))
                    .setFifo(group.orderly());
            return merged.build();
        });
    }

    private Future<GroupSettings> groupSettings(Client client, Subscription subscription) {
        if (subscription.getSubscriptionsCount() == 0) {
            return Future.succeededFuture(GroupSettings.DEFAULT);
        }
        String topic = subscription.getSubscriptions(0).getTopic().getName();
        String group = subscription.getGroup().getName();
        return brokers.routes()
                .find(topic)
                .map(TopicRoute::brokers)
                .compose(queues ->
                        brokers.groups().find(client.links(), queues.get(0).broker(), group))
                .otherwise(GroupSettings.DEFAULT);
    }

    /** A client lives. */
    public Future<HeartbeatResponse> heartbeat(Client client, HeartbeatRequest request) {
        Settings said = known(client);
        if (said.hasSubscription()) {
            Names.group(request.getGroup());
        }
        return registrations
                .register(client)
                .map(HeartbeatResponse.newBuilder().setStatus(Statuses.OK).build());
    }

    private static Settings known(Client client) {
        Settings said = client.settings();
        if (said == null) {
            throw new StatusException(Code.UNRECOGNIZED_CLIENT_TYPE, "cannot find client settings for this client");
        }
        return switch (said.getClientType()) {
            case PRODUCER, PUSH_CONSUMER, SIMPLE_CONSUMER -> said;
            default ->
                throw new StatusException(
                        Code.UNRECOGNIZED_CLIENT_TYPE, said.getClientType().name());
        };
    }

    /** A client leaves. */
    public Future<NotifyClientTerminationResponse> terminated(Client client, NotifyClientTerminationRequest request) {
        Settings said = known(client);
        if (said.hasSubscription()) {
            Names.group(request.getGroup());
        }
        client.settings(null, brokers.nowMs());
        return registrations.unregister(client, said).map(done -> {
            clients.remove(client);
            return NotifyClientTerminationResponse.newBuilder()
                    .setStatus(Statuses.OK)
                    .build();
        });
    }
}
