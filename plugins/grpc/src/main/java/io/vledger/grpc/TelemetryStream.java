package io.vledger.grpc;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.TelemetryCommand;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vledger.grpc.call.CallContext;
import io.vledger.grpc.call.CallGate;
import io.vledger.grpc.call.Calls;
import io.vledger.grpc.call.Reply;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.client.ClientRegistry;
import io.vledger.grpc.service.CallRights;
import io.vledger.grpc.service.ClientService;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One stream of commands between a client and this node. Each command is let in by itself. Loop only. */
final class TelemetryStream {
    private static final String METHOD = "Telemetry";
    private static final String FAILED = "process client telemetryCommand failed. ";

    private final GrpcServerRequest<TelemetryCommand, TelemetryCommand> call;
    private final CallGate gate;
    private final ClientRegistry clients;
    private final ClientService service;
    private final Reply<TelemetryCommand> reply;
    private final Predicate<TelemetryCommand> commands;
    private @Nullable Client client;
    private int unanswered;
    private boolean ending;

    /** Serves a stream that a client has opened. */
    TelemetryStream(
            GrpcServerRequest<TelemetryCommand, TelemetryCommand> call,
            CallGate gate,
            ClientRegistry clients,
            ClientService service) {
        this.call = call;
        this.gate = gate;
        this.clients = clients;
        this.service = service;
        this.reply = new Reply<>(call.response());
        this.commands = reply::offer;
        call.handler(this::command);
        call.endHandler(v -> {
            ending = true;
            endIfDone();
        });
        call.exceptionHandler(this::gone);
        call.response().exceptionHandler(this::gone);
    }

    private void command(TelemetryCommand command) {
        unanswered++;
        gate.admit(call, METHOD, () -> CallRights.command(command))
                .onFailure(cause -> {
                    reply.end(TelemetryCommand.newBuilder()
                            .setStatus(Calls.failed(METHOD, cause))
                            .build());
                    leave();
                })
                .onSuccess(context -> serve(context, command));
    }

    private void serve(CallContext context, TelemetryCommand command) {
        if (reply.over()) {
            return;
        }
        Future.succeededFuture(context)
                .map(clients::of)
                .compose(caller -> {
                    client = caller;
                    return service.command(caller, command, commands);
                })
                .onSuccess(answer -> {
                    if (answer != null) {
                        reply.write(answer);
                    }
                    unanswered--;
                    endIfDone();
                })
                .onFailure(this::fail);
    }

    private void endIfDone() {
        if (ending && unanswered == 0) {
            reply.end();
            leave();
        }
    }

    private void fail(Throwable cause) {
        Status status = Calls.failed(METHOD, cause);
        int code = status.getCodeValue();
        boolean byClient = code >= Code.BAD_REQUEST_VALUE && code < Code.INTERNAL_ERROR_VALUE;
        reply.end(byClient ? GrpcStatus.INVALID_ARGUMENT : GrpcStatus.INTERNAL, FAILED + status.getMessage());
        leave();
    }

    private void gone(Throwable cause) {
        reply.abandoned();
        leave();
    }

    private void leave() {
        Client known = client;
        if (known != null) {
            known.streamEnded(commands);
        }
    }
}
