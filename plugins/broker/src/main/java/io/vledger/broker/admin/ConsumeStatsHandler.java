package io.vledger.broker.admin;

import io.vledger.api.group.Group;
import io.vledger.api.group.RouteSource;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ConsumerGroup;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.QueueTimes;
import io.vledger.broker.group.StandbyQueues;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.json.JsonWriter;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Tells tools how far consumer groups are behind (208, 317). Loop only. */
final class ConsumeStatsHandler {
    private final Group group;
    private final BrokerState state;
    private final ConsumerRegistry consumers;
    private final QueueTimes times;
    private final Meters meters;
    private final Traffic traffic;
    private final StandbyQueues standbyQueues;
    private final String clientAddress;

    /** A handler of a group. */
    public ConsumeStatsHandler(
            Group group,
            BrokerState state,
            ConsumerRegistry consumers,
            QueueTimes times,
            Meters meters,
            Traffic traffic,
            StandbyQueues standbyQueues,
            String clientAddress) {
        this.group = group;
        this.state = state;
        this.consumers = consumers;
        this.times = times;
        this.meters = meters;
        this.traffic = traffic;
        this.standbyQueues = standbyQueues;
        this.clientAddress = clientAddress;
    }

    /** 208: one group, on the topics asked for or on all it has to do with. */
    public void ofGroup(RpcRequest request) {
        String group = request.fields().requiredText("consumerGroup");
        JsonWriter json = JsonWriter.create();
        write(
                json,
                group,
                topics(group, request.fields().text("topic"), request.fields().text("topicList")),
                new Progress());
        request.replyBody(json.toBytes());
    }

    private Collection<String> topics(String group, @Nullable String topic, @Nullable String topicList) {
        Set<String> topics = new TreeSet<>();
        if (topic != null && !topic.isBlank()) {
            topics.add(topic);
        } else if (topicList != null && !topicList.isBlank()) {
            for (String one : topicList.split(";")) {
                if (!one.isBlank()) {
                    topics.add(one.trim());
                }
            }
        } else {
            topics.addAll(state.offsets().topicsOf(group));
            ConsumerGroup online = consumers.group(group);
            if (online != null && !online.subscriptions().isEmpty()) {
                // Offsets on topics that the group has unsubscribed from do not count as lag.
                topics.retainAll(online.subscriptions().keySet());
                topics.addAll(online.subscriptions().keySet());
            }
        }
        return topics;
    }

    /** 317: every group, and the sum of what they are behind. */
    public void ofBroker(RpcRequest request) {
        boolean orderly = request.fields().flag("isOrder", false);
        JsonWriter json = JsonWriter.create().beginObject();
        json.field("brokerAddr", clientAddress);
        json.key("consumeStatsList").beginArray();
        Progress total = new Progress();
        for (var settings : state.groups().all()) {
            Set<String> topics = state.offsets().topicsOf(settings.name());
            topics.removeIf(topic -> isOrderly(topic) != orderly);
            if (topics.isEmpty()) {
                continue;
            }
            json.beginObject().key(settings.name()).beginArray();
            for (String topic : topics) {
                write(json, settings.name(), Set.of(topic), total);
            }
            json.endArray().endObject();
        }
        json.endArray().field("totalDiff", total.behind).field("totalInflightDiff", total.inFlight);
        request.replyBody(json.endObject().toBytes());
    }

    private boolean isOrderly(String name) {
        Topic topic = state.topics().find(name);
        return topic != null && topic.config().order();
    }

    /** Writes the statistics of a group on some topics, and adds them up. */
    private void write(JsonWriter json, String group, Collection<String> topics, Progress total) {
        double consumeTps = 0;
        json.beginObject().key("offsetTable").beginObject();
        for (String name : topics) {
            Topic topic = state.topics().find(name);
            if (topic == null) {
                continue;
            }
            consumeTps += meters.perSecond("GROUP_GET_NUMS", name + "@" + group);
            for (int queueId = 0; queueId < topic.config().readQueues(); queueId++) {
                TopicQueue queue = topic.queue(queueId);
                if (queue != null) {
                    write(json, group, queue, total);
                }
            }
            writeStandbyQueues(json, topic.config());
        }
        json.endObject().field("consumeTps", consumeTps).endObject();
    }

    /**
     * Queues under the group's second broker name store nothing: what is sent to them is in the group's own. They have rows, with
     * nothing in them and nothing to do, because tools ask for the statistics of every queue that a producer is shown.
     */
    private void writeStandbyQueues(JsonWriter json, TopicConfig topic) {
        if (group.status().standby() == null) {
            return;
        }
        String name = state.broker() + RouteSource.STANDBY_SUFFIX;
        int queues = standbyQueues.of(topic.name(), topic.order(), topic.writeQueues());
        for (int queueId = 0; queueId < queues; queueId++) {
            int id = queueId;
            json.objectKey(key -> ConfigJson.queue(key, name, topic.name(), id))
                    .beginObject()
                    .field("brokerOffset", 0L)
                    .field("consumerOffset", 0L)
                    .field("lastTimestamp", 0L)
                    .field("pullOffset", 0L)
                    .endObject();
        }
    }

    private void write(JsonWriter json, String group, TopicQueue queue, Progress total) {
        String topic = queue.topic().name();
        long max = queue.maxOffset();
        long consumed = Math.max(0, state.offsets().find(group, topic, queue.id()));
        long pulled = pulledTo(group, topic, queue.id(), consumed);
        json.objectKey(key -> ConfigJson.queue(key, state.broker(), topic, queue.id()))
                .beginObject()
                .field("brokerOffset", max)
                .field("consumerOffset", consumed)
                .field("lastTimestamp", consumed > 0 ? Math.max(0, times.storedAt(queue, consumed - 1)) : 0)
                .field("pullOffset", pulled)
                .endObject();
        total.behind += Math.max(0, max - consumed);
        total.inFlight += pulled - consumed;
    }

    /** What clients hold begins at the consumer offset; a new leader knows of what it gave out itself. */
    private long pulledTo(String group, String topic, int queueId, long consumed) {
        Traffic.Outgoing out = traffic.outByTopicAndGroup().get(topic + "@" + group);
        return out == null ? consumed : Math.max(consumed, out.pulledTo(queueId));
    }

    /** Sums over queues. */
    private static final class Progress {
        /** Messages that are not consumed. */
        private long behind;
        /** Messages that were given out and are not consumed. */
        private long inFlight;
    }
}
