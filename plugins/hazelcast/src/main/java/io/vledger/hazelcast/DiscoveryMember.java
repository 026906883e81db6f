package io.vledger.hazelcast;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.config.SocketInterceptorConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One Hazelcast member with its one topic. All methods block but for the accessors; the listener is called on its threads. */
final class DiscoveryMember {
    private static final String LOGGING = "hazelcast.logging.type";
    private static final String TOPIC = "vledger-members-1";

    /** Follows the other nodes; on threads of Hazelcast, which it must not hold up. */
    interface Listener {
        /** Another node has sent a statement. */
        void received(UUID who, byte[] statement);

        /** Another node has joined. */
        void joined();

        /** Another node has left. */
        void left(UUID who);
    }

    private final HazelcastInstance instance;
    private final ITopic<Object> topic;

    private DiscoveryMember(HazelcastInstance instance, ITopic<Object> topic) {
        this.instance = instance;
        this.topic = topic;
    }

    /**
     * Starts the member, alone if there is no other.
     *
     * @param gate which all its connections pass; null for none
     * @throws HazelcastException or another runtime exception if it cannot be started, for example because the port is taken
     */
    static DiscoveryMember open(Config config, @Nullable MemberGate gate, Listener listener) {
        if (System.getProperty(LOGGING) == null) {
            // Its first words come before it has read its configuration.
            System.setProperty(LOGGING, "slf4j");
        }
        HazelcastInstance instance = gate == null ? Hazelcast.newHazelcastInstance(config) : gated(config, gate);
        try {
            return meet(instance, listener);
        } catch (RuntimeException e) {
            // Half a member would hold the port, and could not be started again.
            instance.getLifecycleService().terminate();
            throw e;
        }
    }

    private static HazelcastInstance gated(Config config, MemberGate gate) {
        config.getNetworkConfig().setSocketInterceptorConfig(new SocketInterceptorConfig().setEnabled(true));
        return HazelcastInstanceFactory.newHazelcastInstance(config, config.getInstanceName(), new GatedNode(gate));
    }

    private static DiscoveryMember meet(HazelcastInstance instance, Listener listener) {
        instance.getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                listener.joined();
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                listener.left(event.getMember().getUuid());
            }
        });
        ITopic<Object> topic = instance.getTopic(TOPIC);
        topic.addMessageListener(message -> {
            byte[] statement = statement(message);
            if (statement != null) {
                listener.received(message.getPublishingMember().getUuid(), statement);
            }
        });
        return new DiscoveryMember(instance, topic);
    }

    private static byte @Nullable [] statement(Message<Object> message) {
        if (message.getPublishingMember() == null
                || message.getPublishingMember().localMember()) {
            return null;
        }
        try {
            return message.getMessageObject() instanceof byte[] bytes ? bytes : new byte[0];
        } catch (RuntimeException notOurs) { // whatever Hazelcast makes of foreign bytes
            return new byte[0];
        }
    }

    /** Tells all others. */
    void send(byte[] statement) {
        topic.publish(statement);
    }

    /** Members that are together here, this one included. Does not block. */
    int size() {
        return instance.getCluster().getMembers().size();
    }

    /** Whether the member is up. Does not block. */
    boolean running() {
        return instance.getLifecycleService().isRunning();
    }

    /** Ends the member. */
    void close() {
        instance.shutdown();
    }
}
