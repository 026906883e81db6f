package io.vledger.nameservice;

import io.vledger.nameservice.Registration.QueueData;
import io.vledger.protocol.Permission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which topics there are, and how each lies on which brokers. Loop only. */
final class TopicTable {
    /** Topic, then broker name. */
    private final Map<String, TreeMap<String, QueueData>> topics = new TreeMap<>();

    /** How a topic lies on its brokers, by broker name; null if nobody has it. Not to be changed. */
    @Nullable
    SortedMap<String, QueueData> of(String topic) {
        return topics.get(topic);
    }

    boolean has(String topic, String broker) {
        Map<String, QueueData> queues = topics.get(topic);
        return queues != null && queues.containsKey(broker);
    }

    void put(String topic, String broker, QueueData data) {
        topics.computeIfAbsent(topic, name -> new TreeMap<>()).put(broker, data);
    }

    void remove(String topic, String broker) {
        removeFrom(topic, broker::equals);
    }

    /** Removes a topic from the brokers that satisfy a condition. */
    void removeFrom(String topic, Predicate<String> brokers) {
        TreeMap<String, QueueData> queues = topics.get(topic);
        if (queues != null && queues.keySet().removeIf(brokers) && queues.isEmpty()) {
            topics.remove(topic);
        }
    }

    /** Removes a broker from all topics. */
    void removeBroker(String broker) {
        topics.values().forEach(queues -> queues.remove(broker));
        topics.values().removeIf(Map::isEmpty);
    }

    /** Names of the topics of which some broker satisfies a condition. */
    List<String> names(Predicate<Map.Entry<String, QueueData>> condition) {
        List<String> names = new ArrayList<>();
        topics.forEach((topic, queues) -> {
            if (queues.entrySet().stream().anyMatch(condition)) {
                names.add(topic);
            }
        });
        return names;
    }

    /** Sets or clears the write permission of all topics of a broker; returns how many that were. */
    int setWritable(String broker, boolean writable) {
        int changed = 0;
        for (TreeMap<String, QueueData> queues : topics.values()) {
            QueueData data = queues.get(broker);
            if (data != null) {
                queues.put(broker, data.withPerm(writable ? Permission.READ_WRITE : data.perm() & ~Permission.WRITE));
                changed++;
            }
        }
        return changed;
    }
}
