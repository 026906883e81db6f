package io.vledger.remoting.stranger;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Bounds of connections that nothing is known of yet.
 *
 * @param connectionsPerAddress connections of one address to one port
 * @param firstFrameSeconds for how long the first frame may be under way, once its first byte has come
 * @param firstFramesBytes memory of all first frames that are not whole
 * @param proxies load balancers that begin connections with the PROXY protocol
 */
public record StrangerLimits(
        int connectionsPerAddress, int firstFrameSeconds, long firstFramesBytes, List<IpSubnetFilterRule> proxies) {
    /** What applies unless it is configured otherwise. */
    public static final StrangerLimits STANDARD = new StrangerLimits(5_000, 30, 64L << 20, List.of());

    /** Key of {@link #proxies} in the plugin's configuration. */
    public static final String PROXIES = "proxyProtocolFrom";

    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    /**
     * Reads them from the plugin's section of the configuration; what is absent is standard.
     *
     * @throws IllegalArgumentException naming the key that is wrong
     */
    public static StrangerLimits of(JsonObject config) {
        List<IpSubnetFilterRule> proxies = new ArrayList<>();
        for (Object network : config.getJsonArray(PROXIES, new JsonArray())) {
            proxies.add(network(String.valueOf(network)));
        }
        return new StrangerLimits(
                number(config, "maxConnectionsPerAddress", STANDARD.connectionsPerAddress),
                number(config, "firstFrameSeconds", STANDARD.firstFrameSeconds),
                number(config, "firstFramesBytes", (int) STANDARD.firstFramesBytes),
                List.copyOf(proxies));
    }

    private static int number(JsonObject config, String key, int otherwise) {
        Object value = config.getValue(key, otherwise);
        if (value instanceof Integer number && number > 0) {
            return number;
        }
        throw new IllegalArgumentException(
                "plugins.remoting." + key + " must be a positive whole number, not " + value);
    }

    private static IpSubnetFilterRule network(String text) {
        String address = text.strip();
        int slash = address.indexOf('/');
        String host = slash < 0 ? address : address.substring(0, slash);
        if (!host.matches("[0-9a-fA-F:.]+")) {
            throw wrong(text);
        }
        try {
            InetAddress parsed = InetAddress.getByName(host);
            int bits = parsed.getAddress().length == 4 ? IPV4_BITS : IPV6_BITS;
            int prefix = slash < 0 ? bits : Integer.parseInt(address.substring(slash + 1));
            if (prefix < 0 || prefix > bits) {
                throw wrong(text);
            }
            return new IpSubnetFilterRule(parsed, prefix, IpFilterRuleType.ACCEPT);
        } catch (UnknownHostException | NumberFormatException e) {
            throw wrong(text);
        }
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(PROXIES + " = " + text
                + ": must be addresses or networks such as 10.0.0.0/8, with commas between them");
    }

    /** Whether what comes from there may begin with the PROXY protocol. */
    public boolean proxy(InetSocketAddress remote) {
        for (IpSubnetFilterRule rule : proxies) {
            if (rule.matches(remote)) {
                return true;
            }
        }
        return false;
    }
}
