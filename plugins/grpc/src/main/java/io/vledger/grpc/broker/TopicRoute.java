package io.vledger.grpc.broker;

import io.vledger.protocol.Permission;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a topic is.
 *
 * @param brokers the groups that have it, by name
 * @param messageType which messages it takes, RocketMQ's {@code message.type}: {@code NORMAL} if it does not say
 */
public record TopicRoute(List<BrokerQueues> brokers, String messageType) {
    static final String NORMAL = "NORMAL";

    /** Of a topic that is not there. */
    public static final TopicRoute NONE = new TopicRoute(List.of(), "UNSPECIFIED");

    /**
     * The queues of a topic in one group.
     *
     * @param broker name of the group
     * @param perm RocketMQ's permission bits
     */
    public record BrokerQueues(String broker, int readQueues, int writeQueues, int perm) {
        /** Whether consumers may read. */
        public boolean readable() {
            return (perm & Permission.READ) != 0 && readQueues > 0;
        }

        /** Whether producers may write. */
        public boolean writable() {
            return (perm & Permission.WRITE) != 0 && writeQueues > 0;
        }
    }

    /**
     * One queue.
     *
     * @param broker name of its group
     * @param id its number there
     */
    public record Queue(String broker, int id) {}

    /** All queues that producers may write, in order of group and number. */
    public List<Queue> writeQueues() {
        List<Queue> queues = new ArrayList<>();
        for (BrokerQueues each : brokers) {
            for (int id = 0; each.writable() && id < each.writeQueues; id++) {
                queues.add(new Queue(each.broker, id));
            }
        }
        return queues;
    }

    /** The group to read from: the wanted one, or, if consumers may not read there, the {@code turn}-th of the others; null if none. */
    public @Nullable String readBroker(String wanted, int turn) {
        List<String> readable = brokers.stream()
                .filter(BrokerQueues::readable)
                .map(BrokerQueues::broker)
                .toList();
        if (readable.contains(wanted)) {
            return wanted;
        }
        return readable.isEmpty() ? null : readable.get(Math.floorMod(turn, readable.size()));
    }
}
