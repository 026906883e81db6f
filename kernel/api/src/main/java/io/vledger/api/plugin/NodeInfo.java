package io.vledger.api.plugin;

import io.vledger.api.net.HostPort;
import java.nio.file.Path;
import java.util.List;

/**
 * Identity of a node, as configured and validated by the kernel.
 *
 * @param id the node's id, for example {@code n0}; the same in every group it is a member of
 * @param cluster RocketMQ's {@code brokerClusterName}
 * @param dataDirectory where all state lives; held exclusively by this process
 * @param nameServers {@code host:port} of the name servers to serve or to register with
 * @param groups the groups of which this process runs a member
 * @param httpHost address of the health and administration endpoint
 * @param httpPort its port; negative if there is none
 * @param version version of the build
 * @param nameService how it serves name server addresses
 */
public record NodeInfo(
        String id,
        String cluster,
        Path dataDirectory,
        List<String> nameServers,
        List<GroupConfig> groups,
        String httpHost,
        int httpPort,
        String version,
        NameService nameService) {
    /** File of the data directory in which a node keeps the HTTP addresses of other members; {@code status} reads it. */
    public static final String HTTP_MEMBERS_FILE = "http-members.json";

    /** A node that serves name server addresses where they are its machine's. */
    public NodeInfo(
            String id,
            String cluster,
            Path dataDirectory,
            List<String> nameServers,
            List<GroupConfig> groups,
            String httpHost,
            int httpPort,
            String version) {
        this(id, cluster, dataDirectory, nameServers, groups, httpHost, httpPort, version, NameService.DEFAULT);
    }

    /**
     * How a node serves name server addresses.
     *
     * @param bindHost address that its listeners bind; empty for the served address itself
     * @param serves the one of {@code nameServers} that leads to this node though its machine does not have it, or empty
     */
    public record NameService(String bindHost, String serves) {
        /** Addresses of this machine only, each bound as it is. */
        public static final NameService DEFAULT = new NameService("", "");
    }

    /**
     * Where the HTTP endpoint is reached, {@code host:port}; empty if there is none.
     *
     * @param host stands for an endpoint that listens on every address of the machine
     */
    public String httpAddress(String host) {
        if (httpPort < 0) {
            return "";
        }
        HostPort bound = new HostPort(httpHost, httpPort);
        return (bound.isAnyAddress() ? new HostPort(host, httpPort) : bound).toString();
    }
}
