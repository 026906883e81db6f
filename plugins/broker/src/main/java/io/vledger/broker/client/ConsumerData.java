package io.vledger.broker.client;

import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a heartbeat says about one consumer group.
 *
 * @param group name of the group
 * @param consumeType {@code CONSUME_PASSIVELY}, {@code CONSUME_ACTIVELY} or {@code CONSUME_POP}
 * @param messageModel {@code CLUSTERING} or {@code BROADCASTING}
 * @param consumeFromWhere where a group without offsets begins
 * @param unitMode whether its consumers are of a unit
 * @param subscriptions one for each topic; empty in the short heartbeats of version 2
 */
record ConsumerData(
        String group,
        String consumeType,
        String messageModel,
        String consumeFromWhere,
        boolean unitMode,
        List<SubscriptionData> subscriptions) {
    private static final int MAX_SUBSCRIPTIONS = 10_000;

    static ConsumerData read(Map<?, ?> json) {
        List<SubscriptionData> subscriptions = new ArrayList<>();
        List<?> array = JsonFields.array(json, "subscriptionDataSet");
        if (array.size() > MAX_SUBSCRIPTIONS) {
            throw new JsonException(
                    array.size() + " subscriptions in one heartbeat exceed the bound of " + MAX_SUBSCRIPTIONS);
        }
        for (Object subscription : array) {
            subscriptions.add(SubscriptionData.read(JsonFields.asObject(subscription)));
        }
        return new ConsumerData(
                JsonFields.text(json, "groupName", ""),
                JsonFields.text(json, "consumeType", "CONSUME_PASSIVELY"),
                JsonFields.text(json, "messageModel", "CLUSTERING"),
                JsonFields.text(json, "consumeFromWhere", "CONSUME_FROM_LAST_OFFSET"),
                JsonFields.flag(json, "unitMode", false),
                subscriptions);
    }

    boolean subscribes(String topic) {
        for (SubscriptionData subscription : subscriptions) {
            if (subscription.topic().equals(topic)) {
                return true;
            }
        }
        return false;
    }
}
