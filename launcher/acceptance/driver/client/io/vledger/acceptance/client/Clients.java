package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.RPCHook;
import org.jspecify.annotations.Nullable;

/** The running clients by the name that the test gave them, each with connections of its own. */
@SuppressWarnings("deprecation") // The old pull consumer is what clients in the field use.
final class Clients {
    /** How the second broker name of a group ends. */
    static final String STANDBY = "-standby";

    /** How long a send may take: nothing but an answer that does not come fails it, however busy the machine is. */
    static final int PATIENCE_MS = 15_000;

    private static final int POLL_MS = Integer.getInteger("acceptance.pollMs", 1000);
    private static final int HEARTBEAT_MS = Integer.getInteger("acceptance.heartbeatMs", 1000);
    private static final int PERSIST_OFFSETS_MS = 500;
    /** For requests that are not sends; the client's default of three seconds is too short for a machine that does other things too. */
    private static final int API_TIMEOUT_MS = 10_000;

    private final String nameServer;
    private final Map<String, DefaultMQProducer> producers = new ConcurrentHashMap<>();
    private final Map<String, DefaultMQPullConsumer> pullers = new ConcurrentHashMap<>();
    private final Map<String, AutoCloseable> others = new ConcurrentHashMap<>();

    Clients(String nameServer) {
        this.nameServer = nameServer;
    }

    /** What signs the requests of this process's clients; null where it was started without an account. */
    static @Nullable RPCHook hook() {
        String accessKey = System.getProperty("acceptance.accessKey", "");
        return accessKey.isEmpty()
                ? null
                : new AclClientRPCHook(
                        new SessionCredentials(accessKey, System.getProperty("acceptance.secretKey", "")));
    }

    String nameServer() {
        return nameServer;
    }

    /** Gives a client the name server, short poll intervals, and an instance (so: connections) of its own. */
    <T extends ClientConfig> T configure(T client, String name) {
        client.setNamesrvAddr(nameServer);
        client.setInstanceName(name + "_" + ProcessHandle.current().pid());
        client.setPollNameServerInterval(POLL_MS);
        client.setHeartbeatBrokerInterval(HEARTBEAT_MS);
        client.setPersistConsumerOffsetInterval(PERSIST_OFFSETS_MS);
        client.setMqClientApiTimeout(API_TIMEOUT_MS);
        return client;
    }

    /** Makes a client one of a namespace and of a unit, where these are named. */
    static void place(ClientConfig client, Line line) {
        if (!line.text("namespace", "").isEmpty()) {
            client.setNamespace(line.text("namespace"));
        }
        if (!line.text("namespaceV2", "").isEmpty()) {
            Release.namespaceV2(client, line.text("namespaceV2"));
        }
        if (!line.text("unit", "").isEmpty()) {
            client.setUnitName(line.text("unit"));
            client.setUnitMode(true);
        }
    }

    void addProducer(String name, DefaultMQProducer producer) throws MQClientException {
        configure(producer, name).start();
        producers.put(name, producer);
    }

    /** The producer of that name; one with the client's defaults and much patience is started where there is none yet. */
    DefaultMQProducer producer(String name) throws MQClientException {
        synchronized (producers) {
            DefaultMQProducer producer = producers.get(name);
            if (producer == null) {
                producer = new DefaultMQProducer("producers_" + name, hook());
                producer.setSendMsgTimeout(PATIENCE_MS);
                addProducer(name, producer);
            }
            return producer;
        }
    }

    /** The consumer that pulls, reads and sets offsets for a group; started when first asked for. */
    DefaultMQPullConsumer puller(String group) throws MQClientException {
        synchronized (pullers) {
            DefaultMQPullConsumer puller = pullers.get(group);
            if (puller == null) {
                puller = configure(new DefaultMQPullConsumer(group, hook()), "puller_" + group);
                puller.start();
                pullers.put(group, puller);
            }
            return puller;
        }
    }

    void add(String name, AutoCloseable client) {
        others.put(name, client);
    }

    /** Any other running client by name; it must be of the type asked for. */
    <T extends AutoCloseable> T other(String name, Class<T> type) {
        AutoCloseable client = others.get(name);
        if (client == null) {
            throw new IllegalArgumentException("no client named " + name);
        }
        return type.cast(client);
    }

    void stop(String name) throws Exception {
        DefaultMQProducer producer = producers.remove(name);
        if (producer != null) {
            producer.shutdown();
        }
        AutoCloseable other = others.remove(name);
        if (other != null) {
            other.close();
        }
        if (producer == null && other == null) {
            throw new IllegalArgumentException("no client named " + name);
        }
    }

    void stopAll() {
        others.values().forEach(Clients::close);
        producers.values().forEach(DefaultMQProducer::shutdown);
        pullers.values().forEach(DefaultMQPullConsumer::shutdown);
    }

    private static void close(AutoCloseable client) {
        try {
            client.close();
        } catch (Exception failure) {
            System.err.println("closing a client: " + failure);
        }
    }
}
