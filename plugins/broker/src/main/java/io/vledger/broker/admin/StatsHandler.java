package io.vledger.broker.admin;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.StoreException;
import io.vledger.broker.client.ConsumerGroup;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.QueueTimes;
import io.vledger.broker.client.SubscriptionData;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonWriter;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Tells tools what is in topics and queues, and who consumes them (202, 300, 303, 315, 321, 343). Loop only. */
final class StatsHandler {
    private static final int MAX_UNITS = 1024;

    private final BrokerState state;
    private final ConsumerRegistry consumers;
    private final QueueTimes times;
    private final Meters meters;
    private final String address;
    private final LongSupplier clock;

    /**
     * A handler of a group.
     *
     * @param address of this broker for clients
     * @param clock milliseconds since the epoch
     */
    public StatsHandler(
            BrokerState state,
            ConsumerRegistry consumers,
            QueueTimes times,
            Meters meters,
            String address,
            LongSupplier clock) {
        this.state = state;
        this.consumers = consumers;
        this.times = times;
        this.meters = meters;
        this.address = address;
        this.clock = clock;
    }

    /** 202: where each queue of a topic begins and ends, and when it got its last message. */
    public void topicStats(RpcRequest request) {
        Topic topic = topic(request.fields().requiredText("topic"));
        int queues = Math.max(topic.config().readQueues(), topic.config().writeQueues());
        JsonWriter json = JsonWriter.create().beginObject().key("offsetTable").beginObject();
        for (int queueId = 0; queueId < queues; queueId++) {
            TopicQueue queue = topic.queue(queueId);
            if (queue == null) {
                continue;
            }
            int id = queueId;
            long max = queue.maxOffset();
            json.objectKey(key -> ConfigJson.queue(key, state.broker(), topic.name(), id))
                    .beginObject()
                    .field("lastUpdateTimestamp", max > 0 ? Math.max(0, times.storedAt(queue, max - 1)) : 0)
                    .field("maxOffset", max)
                    .field("minOffset", queue.minOffset())
                    .endObject();
        }
        json.endObject().field("topicPutTps", meters.perSecond("TOPIC_PUT_NUMS", topic.name()));
        request.replyBody(json.endObject().toBytes());
    }

    /** 300: the groups that consume a topic: online now, or with offsets. */
    public void groupsOf(RpcRequest request) {
        String topic = request.fields().requiredText("topic");
        Set<String> groups = new TreeSet<>(state.offsets().groupsOf(topic));
        groups.addAll(consumers.subscribersOf(topic));
        texts(request, "groupList", groups);
    }

    /** 343: the topics that a group consumes: online now, or with offsets. */
    public void topicsOf(RpcRequest request) {
        String name = request.fields().requiredText("group");
        Set<String> topics = new TreeSet<>(state.offsets().topicsOf(name));
        ConsumerGroup group = consumers.group(name);
        if (group != null) {
            topics.addAll(group.subscriptions().keySet());
        }
        JsonWriter json = JsonWriter.create().beginObject().field("brokerAddr", address);
        json.key("topicList").beginArray();
        topics.forEach(json::value);
        request.replyBody(json.endArray().endObject().toBytes());
    }

    /** 303: for each queue, when its first, its last and the last consumed message were stored. */
    public void timeSpan(RpcRequest request) {
        Topic topic = topic(request.fields().requiredText("topic"));
        String group = request.fields().requiredText("group");
        JsonWriter json =
                JsonWriter.create().beginObject().key("consumeTimeSpanSet").beginArray();
        for (int queueId = 0; queueId < topic.config().readQueues(); queueId++) {
            TopicQueue queue = topic.queue(queueId);
            if (queue != null) {
                span(json, queue, group);
            }
        }
        request.replyBody(json.endArray().endObject().toBytes());
    }

    private void span(JsonWriter json, TopicQueue queue, String group) {
        String topic = queue.topic().name();
        long consumedOffset = state.offsets().find(group, topic, queue.id());
        long min = times.storedAt(queue, queue.minOffset());
        long max = times.storedAt(queue, queue.maxOffset() - 1);
        long consumed = consumedOffset == ConsumerOffsets.NONE ? min : times.storedAt(queue, consumedOffset - 1);
        long next = consumedOffset < queue.maxOffset() ? times.storedAt(queue, Math.max(0, consumedOffset)) : -1;
        long delay = next > 0 ? Math.max(0, clock.getAsLong() - next) : 0;
        json.beginObject()
                .field("consumeTimeStamp", consumed)
                .field("delayTime", delay)
                .field("maxTimeStamp", max)
                .key("messageQueue");
        ConfigJson.queue(json, state.broker(), topic, queue.id());
        json.field("minTimeStamp", min).endObject();
    }

    /** 315: sums and rates of one of RocketMQ's named statistics. */
    public void stats(RpcRequest request) {
        String name = request.fields().requiredText("statsName");
        String key = request.fields().requiredText("statsKey");
        Meter meter = meters.find(name, key);
        if (meter == null) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, "The stats <" + name + "> <" + key + "> not exist");
        }
        JsonWriter json = JsonWriter.create().beginObject();
        window(json, "statsDay", meter, Meter.DAY_MS);
        window(json, "statsHour", meter, Meter.HOUR_MS);
        window(json, "statsMinute", meter, Meter.MINUTE_MS);
        request.replyBody(json.endObject().toBytes());
    }

    private static void window(JsonWriter json, String name, Meter meter, long windowMs) {
        json.key(name)
                .beginObject()
                .field("avgpt", 0.0)
                .field("sum", meter.sum(windowMs))
                .field("tps", meter.perSecond(windowMs))
                .endObject();
    }

    /** 321: units of a queue. */
    public void queueUnits(RpcRequest request) {
        Topic topic = topic(request.fields().requiredText("topic"));
        int queueId = request.fields().requiredNumber("queueId");
        TopicQueue queue = topic.queue(queueId);
        if (queue == null) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "queue " + queueId + " of topic " + topic.name() + " with " + topic.queueCount() + " queues");
        }
        long from = request.fields().longNumber("index", 0);
        int count = Math.max(0, Math.min(MAX_UNITS, request.fields().number("count", 0)));
        if (from < queue.minOffset() || from >= queue.maxOffset()) {
            request.reply(
                    ResponseCode.SUCCESS, "Index " + from + " of " + queueId + "@" + topic.name() + " is not exist!");
            return;
        }
        String group = request.fields().text("consumerGroup");
        ConsumerGroup online = group == null ? null : consumers.group(group);
        SubscriptionData subscription = online == null ? null : online.subscription(topic.name());
        JsonWriter json = JsonWriter.create().beginObject();
        json.field("maxQueueIndex", queue.maxOffset()).field("minQueueIndex", queue.minOffset());
        if (subscription != null) {
            json.key("subscriptionData");
            subscription.write(json);
            json.field("filterData", "null"); // RocketMQ's word for none
        }
        json.key("queueData").beginArray();
        if (count > 0) {
            units(json, queue, from, count, subscription);
        }
        request.replyBody(json.endArray().endObject().toBytes());
    }

    private static void units(
            JsonWriter json, TopicQueue queue, long from, int count, @Nullable SubscriptionData subscription) {
        try {
            queue.log().read(from, count, (queueOffset, position, size, tagsCode) -> {
                json.beginObject()
                        .field("eval", subscription == null || subscription.matches(tagsCode))
                        .field("physicOffset", position)
                        .field("physicSize", size)
                        .field("tagsCode", tagsCode)
                        .endObject();
                return true;
            });
        } catch (StoreException e) {
            throw new UncheckedIOException(
                    "queue " + queue.id() + " of " + queue.topic().name() + " is unreadable", e);
        }
    }

    private Topic topic(String name) {
        Topic topic = state.topics().find(name);
        if (topic == null) {
            throw new RequestException(ResponseCode.TOPIC_NOT_EXIST, "topic[" + name + "] not exist");
        }
        return topic;
    }

    private static void texts(RpcRequest request, String key, Set<String> texts) {
        JsonWriter json = JsonWriter.create().beginObject().key(key).beginArray();
        texts.forEach(json::value);
        request.replyBody(json.endArray().endObject().toBytes());
    }
}
