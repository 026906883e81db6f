package io.vledger.broker;

import io.vertx.core.Future;
import io.vledger.api.net.HostPort;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.rpc.RpcServer;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RocketMQ's second listener of a broker, two ports below the first (its {@code fastRemotingServer}): it takes what the first
 * takes, but for pulls, so that consumers cannot crowd out producers there. Clients up to 4.5.0 and rocketmq-dashboard use it
 * unless configured not to.
 */
final class VipChannel {
    private static final Logger LOG = LoggerFactory.getLogger(VipChannel.class);
    private static final int PORTS_BELOW = 2;

    private VipChannel() {}

    /**
     * Listens, if the group is configured to and the port can be had.
     *
     * @param node whose other listeners have priority
     * @param handlers what the first listener serves
     * @return the server, or nothing; fails only if the group must have it
     */
    static Future<Optional<RpcServer>> listen(Rpc rpc, GroupConfig config, NodeInfo node, Handlers handlers) {
        GroupConfig.VipChannel wanted = config.broker().vipChannel();
        if (wanted == GroupConfig.VipChannel.OFF) {
            return Future.succeededFuture(Optional.empty());
        }
        int port = config.port() - PORTS_BELOW;
        String claimed = claimed(port, node);
        Future<RpcServer> listening = claimed == null
                ? rpc.listen("broker/" + config.name(), config.bindHost(), port, new WithoutPulls(handlers))
                : Future.failedFuture(claimed);
        listening.onSuccess(server -> LOG.info(
                "group {}: serves clients of the VIP channel on {}:{}",
                config.name(),
                config.bindHost(),
                server.port()));
        return listening.map(Optional::of).recover(cause -> {
            String what = "group " + config.name() + ": cannot listen on port " + port + " (" + cause.getMessage()
                    + "), where clients up to 4.5.0 and rocketmq-dashboard send by default; ";
            if (wanted == GroupConfig.VipChannel.ON) {
                return Future.failedFuture(new IllegalStateException(
                        what + "free it, or set vipChannel to auto or off, or another client port", cause));
            }
            LOG.warn("{}set another client port, or vipChannel to off if there are no such clients", what);
            return Future.succeededFuture(Optional.empty());
        });
    }

    /** Why the port cannot be used: other listeners that this node is configured with have priority. */
    private static @Nullable String claimed(int port, NodeInfo node) {
        if (port < 1) {
            return "there is no such port";
        }
        if (port == node.httpPort()) {
            return "it is the HTTP port";
        }
        for (String nameServer : node.nameServers()) {
            if (portOf(nameServer) == port) {
                return "it is the port of the name server " + nameServer;
            }
        }
        for (GroupConfig group : node.groups()) {
            if (group.port() == port) {
                return "it is the client port of group " + group.name();
            }
            if (portOf(group.peers().getOrDefault(node.id(), "")) == port) {
                return "it is the Raft port of group " + group.name();
            }
        }
        return null;
    }

    private static int portOf(String address) {
        HostPort parsed = HostPort.parse(address);
        return parsed == null ? -1 : parsed.port();
    }

    /** The handlers of the first listener but for those of pulls. */
    private record WithoutPulls(Handlers all) implements Handlers {
        @Override
        public AutoCloseable register(int code, RequestHandler handler) {
            throw new UnsupportedOperationException("handlers are registered at the first listener");
        }

        @Override
        public AutoCloseable replace(int code, RequestHandler handler) {
            throw new UnsupportedOperationException("handlers are registered at the first listener");
        }

        @Override
        public RequestHandler handlerOf(int code) {
            boolean pull = code == RequestCode.PULL_MESSAGE || code == RequestCode.LITE_PULL_MESSAGE;
            return pull ? WithoutPulls::refuse : all.handlerOf(code);
        }

        private static void refuse(RpcRequest request) {
            request.reply(
                    ResponseCode.REQUEST_CODE_NOT_SUPPORTED, " request type " + request.code() + " not supported");
        }
    }
}
