package io.vledger.grpc;

import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.ChangeInvisibleDurationRequest;
import apache.rocketmq.v2.ChangeInvisibleDurationResponse;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.EndTransactionRequest;
import apache.rocketmq.v2.EndTransactionResponse;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueRequest;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueResponse;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.HeartbeatResponse;
import apache.rocketmq.v2.NotifyClientTerminationRequest;
import apache.rocketmq.v2.NotifyClientTerminationResponse;
import apache.rocketmq.v2.QueryAssignmentRequest;
import apache.rocketmq.v2.QueryAssignmentResponse;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.RecallMessageRequest;
import apache.rocketmq.v2.RecallMessageResponse;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SyncLiteSubscriptionRequest;
import apache.rocketmq.v2.SyncLiteSubscriptionResponse;
import apache.rocketmq.v2.TelemetryCommand;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.vertx.core.Future;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import io.vledger.api.rpc.CallAccess.Wanted;
import io.vledger.grpc.call.CallContext;
import io.vledger.grpc.call.CallGate;
import io.vledger.grpc.call.Calls;
import io.vledger.grpc.call.Reply;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.client.ClientRegistry;
import io.vledger.grpc.client.Registrations;
import io.vledger.grpc.service.AckService;
import io.vledger.grpc.service.Brokers;
import io.vledger.grpc.service.CallRights;
import io.vledger.grpc.service.ClientService;
import io.vledger.grpc.service.ReceiveService;
import io.vledger.grpc.service.RouteService;
import io.vledger.grpc.service.SendService;
import io.vledger.grpc.service.TransactionService;
import java.util.List;
import java.util.function.Function;

/** Binds the methods of {@code apache.rocketmq.v2.MessagingService} to what serves them. A method that is not bound is UNIMPLEMENTED. */
final class MessagingService {
    private final ClientRegistry clients;
    private final CallGate gate;
    private final RouteService routes;
    private final SendService sends;
    private final ReceiveService receives;
    private final AckService acks = new AckService();
    private final TransactionService transactions;
    private final ClientService telemetry;

    MessagingService(Brokers brokers, ClientRegistry clients, CallGate gate) {
        this.gate = gate;
        this.clients = clients;
        this.routes = new RouteService(brokers);
        this.sends = new SendService(brokers);
        this.receives = new ReceiveService(brokers);
        this.transactions = new TransactionService(brokers);
        this.telemetry = new ClientService(brokers, clients, new Registrations(brokers.routes()));
    }

    /** Serves a call that has one answer. */
    private interface Unary<Q, A> {
        Future<A> serve(Client client, CallContext context, Q request);
    }

    /** Binds all methods. */
    void bind(GrpcServer server) {
        Calls calls = new Calls(server);
        bindProducers(calls);
        bindConsumers(calls);
        bindClients(calls);
    }

    private void bindProducers(Calls calls) {
        unary(
                calls,
                "SendMessage",
                SendMessageRequest.parser(),
                status -> SendMessageResponse.newBuilder().setStatus(status).build(),
                CallRights::send,
                sends::send);
        unary(
                calls,
                "EndTransaction",
                EndTransactionRequest.parser(),
                status -> EndTransactionResponse.newBuilder().setStatus(status).build(),
                CallRights::endTransaction,
                (client, context, request) -> transactions.end(client, request));
        unary(
                calls,
                "RecallMessage",
                RecallMessageRequest.parser(),
                status -> RecallMessageResponse.newBuilder().setStatus(status).build(),
                CallRights::recall,
                (client, context, request) -> transactions.recall(client, request));
    }

    private void bindConsumers(Calls calls) {
        calls.<ReceiveMessageRequest, ReceiveMessageResponse>bind(
                "ReceiveMessage",
                ReceiveMessageRequest.parser(),
                call -> call.handler(request -> receive(call, request)));
        unary(
                calls,
                "AckMessage",
                AckMessageRequest.parser(),
                status -> AckMessageResponse.newBuilder().setStatus(status).build(),
                CallRights::acknowledge,
                (client, context, request) -> acks.acknowledge(client, request));
        unary(
                calls,
                "ChangeInvisibleDuration",
                ChangeInvisibleDurationRequest.parser(),
                status -> ChangeInvisibleDurationResponse.newBuilder()
                        .setStatus(status)
                        .build(),
                CallRights::change,
                (client, context, request) -> acks.change(client, request));
        unary(
                calls,
                "ForwardMessageToDeadLetterQueue",
                ForwardMessageToDeadLetterQueueRequest.parser(),
                status -> ForwardMessageToDeadLetterQueueResponse.newBuilder()
                        .setStatus(status)
                        .build(),
                CallRights::bury,
                (client, context, request) -> acks.bury(client, request));
        unary(
                calls,
                "SyncLiteSubscription",
                SyncLiteSubscriptionRequest.parser(),
                status -> SyncLiteSubscriptionResponse.newBuilder()
                        .setStatus(status)
                        .build(),
                request -> List.of(),
                (client, context, request) -> Future.failedFuture(
                        new StatusException(Code.NOT_IMPLEMENTED, "there are no lite topics (RIP-83) here")));
    }

    private void bindClients(Calls calls) {
        unary(
                calls,
                "QueryRoute",
                QueryRouteRequest.parser(),
                status -> QueryRouteResponse.newBuilder().setStatus(status).build(),
                CallRights::route,
                (client, context, request) -> routes.route(request));
        unary(
                calls,
                "QueryAssignment",
                QueryAssignmentRequest.parser(),
                status -> QueryAssignmentResponse.newBuilder().setStatus(status).build(),
                CallRights::assignment,
                (client, context, request) -> routes.assignment(client, request));
        unary(
                calls,
                "Heartbeat",
                HeartbeatRequest.parser(),
                status -> HeartbeatResponse.newBuilder().setStatus(status).build(),
                CallRights::heartbeat,
                (client, context, request) -> telemetry.heartbeat(client, request));
        unary(
                calls,
                "NotifyClientTermination",
                NotifyClientTerminationRequest.parser(),
                status -> NotifyClientTerminationResponse.newBuilder()
                        .setStatus(status)
                        .build(),
                CallRights::leave,
                (client, context, request) -> telemetry.terminated(client, request));
        calls.<TelemetryCommand, TelemetryCommand>bind(
                "Telemetry", TelemetryCommand.parser(), call -> new TelemetryStream(call, gate, clients, telemetry));
    }

    private <Q extends MessageLite, A extends MessageLite> void unary(
            Calls calls,
            String method,
            Parser<Q> parser,
            Function<Status, A> refused,
            Function<Q, List<Wanted>> rights,
            Unary<Q, A> serves) {
        calls.<Q, A>bind(method, parser, call -> {
            Reply<A> reply = new Reply<>(call.response());
            // Whatever is thrown on the way is the failure that is answered with.
            call.handler(request -> gate.admit(call, method, () -> rights.apply(request))
                    .compose(context -> serves.serve(clients.of(context), context, request))
                    .otherwise(cause -> refused.apply(Calls.failed(method, cause)))
                    .onSuccess(reply::end));
        });
    }

    private void receive(
            GrpcServerRequest<ReceiveMessageRequest, ReceiveMessageResponse> call, ReceiveMessageRequest request) {
        ReceiveService.Stream stream = new ResponseStream(call.response());
        gate.admit(call, "ReceiveMessage", () -> CallRights.receive(request))
                .map(context -> {
                    receives.receive(clients.of(context), context, request, stream);
                    return context;
                })
                .onFailure(cause -> {
                    stream.write(ReceiveMessageResponse.newBuilder()
                            .setStatus(Calls.failed("ReceiveMessage", cause))
                            .build());
                    stream.end();
                });
    }

    /** The answer to a receive. */
    private static final class ResponseStream implements ReceiveService.Stream {
        private final Reply<ReceiveMessageResponse> reply;

        ResponseStream(GrpcServerResponse<?, ReceiveMessageResponse> response) {
            reply = new Reply<>(response);
            response.exceptionHandler(gone -> reply.abandoned());
        }

        @Override
        public void write(ReceiveMessageResponse part) {
            reply.write(part);
        }

        @Override
        public void end() {
            reply.end();
        }

        @Override
        public boolean cancelled() {
            return reply.over();
        }
    }
}
