package io.vledger.broker.metrics;

import io.vledger.broker.state.SystemNames;
import java.util.LinkedHashMap;
import java.util.Map;

/** The labels that RocketMQ gives every metric, and more. */
public final class Labels {
    private final Map<String, String> common = new LinkedHashMap<>();

    /** Of a group's broker. */
    public Labels(String cluster, String broker) {
        common.put("cluster", cluster);
        common.put("node_type", "broker");
        common.put("node_id", broker);
    }

    /** The common labels and further pairs of name and value. */
    public Map<String, String> with(String... pairs) {
        Map<String, String> labels = new LinkedHashMap<>(common);
        for (int i = 0; i < pairs.length; i += 2) {
            labels.put(pairs[i], pairs[i + 1]);
        }
        return labels;
    }

    /** The value of {@code is_system} for what a group consumes of a topic. */
    static String system(String topic, String group) {
        return String.valueOf(SystemNames.systemTopic(topic) || SystemNames.systemGroup(group));
    }
}
