package io.vledger.importer.manifest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an old broker's files say about a subscription group outside its configuration: topics that are forbidden to it, the SQL92 expressions of
 * its subscriptions, whether it pulls or pops a topic, and what it popped in order and did not acknowledge. They become fields of the group's configuration, {@code forbiddenTopics},
 * {@code consumerFilters}, {@code requestModes} and {@code popOrder}.
 */
final class GroupRules {
    /** The file of the expressions. */
    static final String FILTERS = "consumerFilter.json";
    /** The file of how groups get their messages. */
    static final String MODES = "messageRequestMode.json";

    /** The file of what groups popped in order. */
    static final String ORDERS = "consumerOrderInfo.json";

    /** Between topic and group in the keys of that file. */
    private static final char TOPIC_END = '@';

    private final Map<?, ?> forbidden;
    private final Map<String, SortedMap<String, Object>> filters = new TreeMap<>();
    private final Map<String, SortedMap<String, Object>> modes = new TreeMap<>();
    private final Map<String, SortedMap<String, Object>> orders = new TreeMap<>();

    /** The rules in these files, each null if it is not there. */
    GroupRules(
            @Nullable Map<?, ?> groupsFile,
            @Nullable Map<?, ?> filtersFile,
            @Nullable Map<?, ?> modesFile,
            @Nullable Map<?, ?> ordersFile) {
        forbidden = table(groupsFile, "forbiddenTable");
        table(filtersFile, "filterDataByTopic").forEach((topic, ofTopic) -> {
            if (ofTopic instanceof Map<?, ?> object) {
                table(object, "groupFilterData")
                        .forEach((group, filter) -> add(String.valueOf(group), String.valueOf(topic), filter));
            }
        });
        table(modesFile, "messageRequestModeMap").forEach((topic, ofTopic) -> {
            if (ofTopic instanceof Map<?, ?> object) {
                object.forEach((group, mode) -> addMode(String.valueOf(group), String.valueOf(topic), mode));
            }
        });
        table(ordersFile, "table").forEach((key, queues) -> addOrder(String.valueOf(key), queues));
    }

    private void addOrder(String key, @Nullable Object queues) {
        int end = key.indexOf(TOPIC_END);
        if (end > 0 && queues instanceof Map<?, ?>) {
            orders.computeIfAbsent(key.substring(end + 1), absent -> new TreeMap<>())
                    .put(key.substring(0, end), queues);
        }
    }

    private void addMode(String group, String topic, @Nullable Object mode) {
        if (mode instanceof Map<?, ?> data && data.get("mode") instanceof String name) {
            SortedMap<String, Object> kept = new TreeMap<>();
            kept.put("mode", name);
            kept.put("popShareQueueNum", data.get("popShareQueueNum") instanceof Number share ? share.intValue() : 0);
            modes.computeIfAbsent(group, absent -> new TreeMap<>()).put(topic, kept);
        }
    }

    /** What is no table counts as none: heartbeats, or a tool, bring it again. */
    private static Map<?, ?> table(@Nullable Map<?, ?> file, String key) {
        return file != null && file.get(key) instanceof Map<?, ?> found ? found : Map.of();
    }

    private void add(String group, String topic, @Nullable Object filter) {
        // A dead one is of a consumer that left; RocketMQ forgets it a day later.
        if (filter instanceof Map<?, ?> data
                && "SQL92".equals(data.get("expressionType"))
                && data.get("deadTime") instanceof Number dead
                && dead.longValue() == 0
                && data.get("clientVersion") instanceof Number version
                && data.get("expression") instanceof String expression) {
            SortedMap<String, Object> kept = new TreeMap<>();
            kept.put("clientVersion", version.longValue());
            kept.put("expression", expression);
            filters.computeIfAbsent(group, name -> new TreeMap<>()).put(topic, kept);
        }
    }

    /** A group's configuration with its rules. */
    Map<Object, @Nullable Object> in(String name, Map<?, ?> group) {
        Map<Object, @Nullable Object> all = new LinkedHashMap<>(group);
        if (forbidden.get(name) instanceof Map<?, ?> topics) {
            all.put("forbiddenTopics", topics);
        }
        if (filters.containsKey(name)) {
            all.put("consumerFilters", filters.get(name));
        }
        if (modes.containsKey(name)) {
            all.put("requestModes", modes.get(name));
        }
        if (orders.containsKey(name)) {
            all.put("popOrder", orders.get(name));
        }
        return all;
    }
}
