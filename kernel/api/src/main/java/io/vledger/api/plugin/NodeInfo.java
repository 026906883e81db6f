package io.vledger.api.plugin;

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
 */
public record NodeInfo(
        String id,
        String cluster,
        Path dataDirectory,
        List<String> nameServers,
        List<GroupConfig> groups,
        String httpHost,
        int httpPort,
        String version) {

    /**
     * Where the HTTP endpoint is reached, {@code host:port}; empty if there is none.
     *
     * @param host stands for an endpoint that listens on every address of the machine
     */
    public String httpAddress(String host) {
        if (httpPort < 0) {
            return "";
        }
        boolean everywhere = httpHost.equals("0.0.0.0") || httpHost.equals("::");
        String shown = everywhere ? host : httpHost;
        return (shown.indexOf(':') >= 0 ? "[" + shown + "]" : shown) + ":" + httpPort;
    }
}
