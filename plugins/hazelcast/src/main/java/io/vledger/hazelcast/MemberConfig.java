package io.vledger.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import java.util.Map;

/** Hazelcast's configuration: explicit members, few threads, and every service off that is not needed for a topic. */
final class MemberConfig {
    private static final Map<String, String> PROPERTIES = Map.ofEntries(
            Map.entry("hazelcast.phone.home.enabled", "false"),
            Map.entry("hazelcast.logging.type", "slf4j"),
            Map.entry("hazelcast.shutdownhook.enabled", "false"),
            Map.entry("hazelcast.socket.bind.any", "false"),
            Map.entry("hazelcast.socket.client.bind.any", "false"),
            // Nothing is stored, so nothing is to be handed over; who is gone must not delay a stop.
            Map.entry("hazelcast.graceful.shutdown.max.wait", "2"),
            Map.entry("hazelcast.partition.count", "11"),
            Map.entry("hazelcast.operation.thread.count", "1"),
            Map.entry("hazelcast.operation.generic.thread.count", "1"),
            Map.entry("hazelcast.operation.priority.generic.thread.count", "1"),
            Map.entry("hazelcast.operation.response.thread.count", "1"),
            Map.entry("hazelcast.io.thread.count", "1"),
            Map.entry("hazelcast.event.thread.count", "1"),
            Map.entry("hazelcast.clientengine.thread.count", "1"),
            Map.entry("hazelcast.clientengine.query.thread.count", "1"),
            Map.entry("hazelcast.clientengine.blocking.thread.count", "1"),
            Map.entry("hazelcast.event.queue.capacity", "10000"),
            // Quick to start alone, quick to find each other later, quick to notice who is gone.
            Map.entry("hazelcast.wait.seconds.before.join", "0"),
            Map.entry("hazelcast.tcp.join.port.try.count", "1"),
            Map.entry("hazelcast.merge.first.run.delay.seconds", "3"),
            Map.entry("hazelcast.merge.next.run.delay.seconds", "3"),
            Map.entry("hazelcast.max.join.seconds", "20"),
            Map.entry("hazelcast.mastership.claim.timeout.seconds", "5"),
            Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
            Map.entry("hazelcast.max.no.heartbeat.seconds", "10"));

    private MemberConfig() {}

    /** @param loader the plugin's, so that Hazelcast finds its own parts */
    static Config of(Settings settings, String node, ClassLoader loader) {
        Config config = new Config();
        config.setInstanceName("vledger-" + node + "-" + settings.port());
        config.setClusterName(settings.clusterName());
        config.setClassLoader(loader);
        PROPERTIES.forEach(config::setProperty);
        if (settings.bindsAny()) {
            config.setProperty("hazelcast.socket.bind.any", "true");
        } else {
            config.setProperty("hazelcast.local.localAddress", settings.host());
        }
        config.getJetConfig().setEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        // A topic carries bytes; a member that sends objects instead is not to choose which classes are made here.
        JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig();
        filter.setDefaultsDisabled(true);
        filter.getWhitelist().addPrefixes("com.hazelcast.", "java.lang.", "java.util.", "[");
        config.getSerializationConfig().setJavaSerializationFilterConfig(filter);
        NetworkConfig network = config.getNetworkConfig();
        network.setPort(settings.port()).setPortAutoIncrement(false).setReuseAddress(true);
        network.setPublicAddress(settings.publicAddress());
        if (!settings.bindsAny()) {
            network.getInterfaces().setEnabled(true).addInterface(settings.host());
        }
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setConnectionTimeoutSeconds(2);
        settings.members().forEach(join.getTcpIpConfig()::addMember);
        return config;
    }
}
