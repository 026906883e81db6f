package io.vledger.acceptance.client;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.UpdateConsumerOffsetRequestHeader;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.QueueData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/** What is particular to the RocketMQ 5.5.0 client. */
@SuppressWarnings("deprecation") // The client has no other way to ask for these.
final class Release {
    static final String NAME = "5.5.0";

    private static final long TIMEOUT_MS = Clients.PATIENCE_MS;

    private Release() {}

    /** Creates a topic on every master that has the template topic, as the client's own API does. */
    static void createTopic(DefaultMQProducer producer, String topic, int queues) throws MQClientException {
        producer.createTopic(TopicValidator.AUTO_CREATE_TOPIC_KEY_TOPIC, topic, queues, Map.of());
    }

    /** Commands that only this release has. */
    static Map<String, Command> commands(Clients clients) {
        Map<String, Command> commands = new HashMap<>();
        commands.put("pop", new PopCommand(clients));
        commands.put("consumeRounds", new DrainCommand(clients));
        new RawCommands().addTo(commands);
        new TimerCommands(clients).addTo(commands);
        new FigureCommands(clients).addTo(commands);
        return commands;
    }

    static void broadcast(DefaultMQPushConsumer consumer) {
        consumer.setMessageModel(MessageModel.BROADCASTING);
    }

    /** Puts a client into a namespace that its requests name, whose topics keep their names. */
    static void namespaceV2(ClientConfig client, String namespace) {
        client.setNamespaceV2(namespace);
    }

    /** Lets brokers divide the queues, and say whether messages are pulled or popped. */
    static void assignedByBroker(DefaultMQPushConsumer consumer) {
        consumer.setClientRebalance(false);
    }

    /** Gathers messages that are sent one by one into batches. */
    static void gather(DefaultMQProducer producer) {
        producer.setAutoBatch(true);
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
