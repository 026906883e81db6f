package io.vledger.nameservice;

import io.vertx.core.Vertx;
import io.vledger.api.group.RouteSource;
import io.vledger.api.group.RouteSource.Topic;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Rpc;
import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import io.vledger.protocol.Permission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Registers a group's standby name at name servers of others, as the member that takes producers' retries while another leads.
 * It does so as a cluster of its own, {@code <cluster>-standby}: a name server knows what a broker registered by cluster and
 * address, and the same member is registered under the first name too; and commands for all brokers of a cluster then leave
 * it alone.
 *
 * <p>A member that is no longer the standby simply stops renewing. The next one takes the name over by registering it, and
 * if there is none, the name still leads to a live member; name servers of 4.9 would drop the new registration if the old member
 * withdrew its own. Loop only.
 */
final class StandbyRegistrar {
    private static final String FILLER_TOPIC = "SELF_TEST_TOPIC";
    private static final int WRITE = Permission.WRITE;

    private final RouteSource source;
    private final List<NameServerLink> links;
    private NameServerLink.@Nullable Message message;
    private boolean shown;

    StandbyRegistrar(Vertx vertx, Rpc rpc, RouteSource source, List<NameServerAddress> nameServers, Runnable onChange) {
        this.source = source;
        this.links = nameServers.stream()
                .map(nameServer -> new NameServerLink(vertx, rpc, nameServer, name(source), () -> message, onChange))
                .toList();
    }

    private static String name(RouteSource source) {
        return source.group() + RouteSource.STANDBY_SUFFIX;
    }

    /**
     * From now on this member is the standby.
     *
     * @param queues write queues by topic
     */
    void show(Version version, Map<String, QueueData> topics, Map<String, Integer> queues) {
        List<Topic> published = new ArrayList<>();
        queues.forEach((topic, count) -> {
            QueueData data = topics.get(topic);
            int write = data == null || (data.perm() & WRITE) == 0 ? 0 : Math.min(count, data.writeQueues());
            if (data != null && write > 0) {
                // A client takes the template's read queues for the write queues of a topic that it is about to create.
                int read = topic.equals(RouteTable.TEMPLATE_TOPIC) ? write : 0;
                published.add(new Topic(topic, read, write, WRITE, data.sysFlag(), false, Map.of()));
            }
        });
        // A name server refuses a first registration with one topic.
        published.add(new Topic(FILLER_TOPIC, 0, 0, 0, 0, false, Map.of()));
        if (published.size() == 1) {
            hide();
            return;
        }
        byte[] body = RegistrationCodec.encode(version, published);
        int crc = RegistrationCodec.crc(body);
        FieldWriter identity = sink -> sink.put("brokerName", name(source))
                .put("brokerAddr", source.clientAddress())
                .put("clusterName", source.cluster() + RouteSource.STANDBY_SUFFIX)
                .put("brokerId", Registration.MASTER_ID);
        FieldWriter register = sink -> {
            identity.writeTo(sink);
            sink.put("haServerAddr", source.clientAddress())
                    .put("compressed", false)
                    .put("bodyCrc32", crc);
        };
        message = new NameServerLink.Message(register, body, identity);
        shown = true;
        links.forEach(NameServerLink::register);
    }

    /** Another member is the standby, or none. */
    void hide() {
        shown = false;
    }

    /** Registers again what was registered last. */
    void renew() {
        if (shown) {
            links.forEach(NameServerLink::register);
        }
    }

    /** Closes the connections: a name server then forgets what came over them. */
    void stop() {
        shown = false;
        links.forEach(NameServerLink::close);
    }
}
