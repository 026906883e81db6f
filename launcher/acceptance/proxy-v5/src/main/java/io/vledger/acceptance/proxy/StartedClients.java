package io.vledger.acceptance.proxy;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.producer.Producer;

/** Producers by topic and simple consumers by group, each started when it is first asked for. Any thread, one at a time. */
final class StartedClients {
    private final ClientServiceProvider provider;
    private final ClientConfiguration configuration;
    private final Duration await;
    private final Map<String, Producer> producers = new ConcurrentHashMap<>();
    private final Map<String, SimpleConsumer> consumers = new ConcurrentHashMap<>();

    /** @param await how long a consumer's request for messages waits for some */
    StartedClients(ClientServiceProvider provider, ClientConfiguration configuration, Duration await) {
        this.provider = provider;
        this.configuration = configuration;
        this.await = await;
    }

    Producer producer(String topic) throws ClientException {
        Producer producer = producers.get(topic);
        if (producer == null) {
            producer = provider.newProducerBuilder()
                    .setClientConfiguration(configuration)
                    .setTopics(topic)
                    .build();
            producers.put(topic, producer);
        }
        return producer;
    }

    /** The consumer of a group; topic and filter count if it is not started yet. */
    SimpleConsumer consumer(String group, String topic, FilterExpression filter) throws ClientException {
        SimpleConsumer consumer = consumers.get(group);
        if (consumer == null) {
            consumer = provider.newSimpleConsumerBuilder()
                    .setClientConfiguration(configuration)
                    .setConsumerGroup(group)
                    .setAwaitDuration(await)
                    .setSubscriptionExpressions(Map.of(topic, filter))
                    .build();
            consumers.put(group, consumer);
        }
        return consumer;
    }

    /** The consumer of a group, which is started. */
    SimpleConsumer consumer(String group) {
        return Objects.requireNonNull(consumers.get(group), "no such consumer");
    }
}
