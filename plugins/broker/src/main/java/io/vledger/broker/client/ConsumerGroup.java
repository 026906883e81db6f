package io.vledger.broker.client;

import io.vledger.broker.pull.Subscriptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The online members of one consumer group and what they subscribe to. Loop only. */
public final class ConsumerGroup implements Subscriptions.Consumers {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerGroup.class);

    private final String name;
    private final Map<String, ClientChannel> members = new LinkedHashMap<>();
    private final Map<String, SubscriptionData> subscriptions = new LinkedHashMap<>();
    /** The same as {@link #subscriptions}, as pulls want it. */
    private final Map<String, Subscriptions.Subscription> filters = new HashMap<>();

    private String consumeType;
    private String messageModel;
    private String consumeFromWhere;
    private boolean unitMode;

    ConsumerGroup(ConsumerData data) {
        this.name = data.group();
        this.consumeType = data.consumeType();
        this.messageModel = data.messageModel();
        this.consumeFromWhere = data.consumeFromWhere();
        this.unitMode = data.unitMode();
    }

    /** Name of the group. */
    public String name() {
        return name;
    }

    /** {@code CONSUME_PASSIVELY} for push consumers, {@code CONSUME_ACTIVELY} for pull consumers. */
    public String consumeType() {
        return consumeType;
    }

    /** {@code CLUSTERING} or {@code BROADCASTING}. */
    public String messageModel() {
        return messageModel;
    }

    /** Where a group without offsets begins. */
    public String consumeFromWhere() {
        return consumeFromWhere;
    }

    /** Whether its consumers are of a unit, RocketMQ's {@code unitMode}. */
    boolean unitMode() {
        return unitMode;
    }

    @Override
    public boolean broadcasting() {
        return "BROADCASTING".equals(messageModel);
    }

    /** The members in the order in which they came. */
    public Collection<ClientChannel> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    /** The member with this client id, or null. */
    public @Nullable ClientChannel member(String clientId) {
        return members.get(clientId);
    }

    /** The members' client ids, sorted, so that all members of the Raft group answer the same. */
    public List<String> clientIds() {
        List<String> ids = new ArrayList<>(members.keySet());
        Collections.sort(ids);
        return ids;
    }

    /** Subscriptions by topic. */
    public Map<String, SubscriptionData> subscriptions() {
        return Collections.unmodifiableMap(subscriptions);
    }

    /** The subscription to a topic, or null. */
    public @Nullable SubscriptionData subscription(String topic) {
        return subscriptions.get(topic);
    }

    @Override
    public Subscriptions.@Nullable Subscription topic(String topic) {
        return filters.get(topic);
    }

    /** Takes a member's heartbeat. Returns whether it was new, or came over a new connection. */
    boolean heard(ClientChannel channel) {
        ClientChannel known = members.get(channel.clientId());
        if (known != null && known.connection() == channel.connection()) {
            known.heard(channel.lastHeardMs());
            return false;
        }
        members.put(channel.clientId(), channel);
        return true;
    }

    /** Takes the settings and subscriptions of a heartbeat; returns whether the subscriptions changed. */
    boolean update(ConsumerData data) {
        consumeType = data.consumeType();
        messageModel = data.messageModel();
        consumeFromWhere = data.consumeFromWhere();
        unitMode = data.unitMode();
        boolean changed = subscriptions.keySet().removeIf(topic -> !data.subscribes(topic));
        filters.keySet().retainAll(subscriptions.keySet());
        for (SubscriptionData subscription : data.subscriptions()) {
            SubscriptionData known = subscriptions.get(subscription.topic());
            if (known == null) {
                changed = true;
            } else if (subscription.subVersion() <= known.subVersion()) {
                continue;
            }
            subscriptions.put(subscription.topic(), subscription);
            Subscriptions.Subscription selection = subscription.forPulls();
            filters.put(subscription.topic(), selection);
            if (!selection.wrong().isEmpty()) {
                LOG.warn(
                        "consumer group {} cannot pull from topic {}, its expression cannot be used: {}",
                        name,
                        subscription.topic(),
                        selection.wrong());
            }
        }
        return changed;
    }

    boolean remove(ClientChannel channel) {
        return members.remove(channel.clientId(), channel);
    }

    boolean isEmpty() {
        return members.isEmpty();
    }
}
