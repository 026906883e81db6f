package io.vledger.acceptance.client;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.protocol.ResponseCode;
import org.apache.rocketmq.common.protocol.header.QueryConsumerOffsetRequestHeader;
import org.apache.rocketmq.common.protocol.header.UpdateConsumerOffsetRequestHeader;
import org.apache.rocketmq.common.protocol.heartbeat.MessageModel;
import org.apache.rocketmq.common.protocol.route.BrokerData;
import org.apache.rocketmq.common.protocol.route.QueueData;
import org.apache.rocketmq.common.protocol.route.TopicRouteData;
import org.apache.rocketmq.common.topic.TopicValidator;

/** What is particular to the RocketMQ 4.9.8 client. */
@SuppressWarnings("deprecation") // The client has no other way to ask for these.
final class Release {
    static final String NAME = "4.9.8";

    private static final long TIMEOUT_MS = Clients.PATIENCE_MS;

    private Release() {}

    /** Creates a topic on every master that has the template topic, as the client's own API does. */
    static void createTopic(DefaultMQProducer producer, String topic, int queues) throws MQClientException {
        producer.createTopic(TopicValidator.AUTO_CREATE_TOPIC_KEY_TOPIC, topic, queues);
    }

    /** Commands that only this release has: none. */
    static Map<String, Command> commands(Clients clients) {
        return Map.of();
    }

    static void broadcast(DefaultMQPushConsumer consumer) {
        consumer.setMessageModel(MessageModel.BROADCASTING);
    }

    @SuppressWarnings("DoNotCallSuggester") // the other release can
    static void namespaceV2(ClientConfig client, String namespace) {
        throw new UnsupportedOperationException(client + ": this release has no namespace " + namespace);
    }

    @SuppressWarnings("DoNotCallSuggester") // the other release can
    static void assignedByBroker(DefaultMQPushConsumer consumer) {
        throw new UnsupportedOperationException(
                consumer.getConsumerGroup() + ": this release divides the queues itself");
    }

    @SuppressWarnings("DoNotCallSuggester") // the other release can
    static void gather(DefaultMQProducer producer) {
        throw new UnsupportedOperationException(producer.getProducerGroup() + ": this release gathers nothing");
    }

    /** The response code that a failure carries; 0 if it carries none. */
    static int responseCode(Throwable failure) {
        if (failure instanceof MQBrokerException refused) {
            return refused.getResponseCode();
        }
        return failure instanceof MQClientException refused ? refused.getResponseCode() : 0;
    }

    /** What the broker at an address holds for a group that this process need not be a member of; -1 for nothing. */
    static long committed(DefaultMQProducer producer, String address, String group, MessageQueue queue)
            throws Exception {
        QueryConsumerOffsetRequestHeader header = new QueryConsumerOffsetRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(queue.getTopic());
        header.setQueueId(queue.getQueueId());
        try {
            return api(producer).queryConsumerOffset(address, header, TIMEOUT_MS);
        } catch (MQBrokerException refused) {
            if (refused.getResponseCode() == ResponseCode.QUERY_NOT_FOUND) {
                return -1;
            }
            throw refused;
        }
    }

    /** Sets what the broker holds for a group. */
    static void commit(DefaultMQProducer producer, String address, String group, MessageQueue queue, long queueOffset)
            throws Exception {
        UpdateConsumerOffsetRequestHeader header = new UpdateConsumerOffsetRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(queue.getTopic());
        header.setQueueId(queue.getQueueId());
        header.setCommitOffset(queueOffset);
        api(producer).updateConsumerOffset(address, header, TIMEOUT_MS);
    }

    private static MQClientAPIImpl api(DefaultMQProducer producer) {
        return producer.getDefaultMQProducerImpl().getmQClientFactory().getMQClientAPIImpl();
    }

    /** Asks the name server, past the client's own cache. */
    static Map<String, String> route(DefaultMQProducer producer, String topic) throws Exception {
        TopicRouteData route = api(producer).getTopicRouteInfoFromNameServer(topic, TIMEOUT_MS);
        Map<String, String> values = new LinkedHashMap<>();
        for (BrokerData broker : route.getBrokerDatas()) {
            if (broker.getBrokerName().endsWith(Clients.STANDBY)) {
                values.put("standby", broker.getBrokerAddrs().get(0L));
                continue;
            }
            values.put("name", broker.getBrokerName());
            values.put("cluster", broker.getCluster());
            broker.getBrokerAddrs().forEach((id, address) -> values.put("broker." + id, address));
        }
        for (QueueData queues : route.getQueueDatas()) {
            if (queues.getBrokerName().endsWith(Clients.STANDBY)) {
                values.put("standbyWriteQueues", Integer.toString(queues.getWriteQueueNums()));
                values.put("standbyReadQueues", Integer.toString(queues.getReadQueueNums()));
                values.put("standbyPermission", Integer.toString(queues.getPerm()));
                continue;
            }
            values.put("writeQueues", Integer.toString(queues.getWriteQueueNums()));
            values.put("readQueues", Integer.toString(queues.getReadQueueNums()));
            values.put("permission", Integer.toString(queues.getPerm()));
        }
        return values;
    }
}
