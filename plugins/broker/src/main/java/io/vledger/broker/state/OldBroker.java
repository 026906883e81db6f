package io.vledger.broker.state;

import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.InitialState.OldGroup;
import io.vledger.api.origin.InitialState.OldProgress;
import io.vledger.api.origin.InitialState.OldTopic;
import io.vledger.api.origin.Origin;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;

/**
 * Puts what an old broker knew into the state of a new group, in an order that is the same on all members. Names are taken as
 * they are, also those that nobody could give a topic or a group today.
 */
final class OldBroker {
    private final InitialState known;
    private final long end;

    OldBroker(Origin origin) {
        known = origin.initialState();
        end = origin.base().position();
    }

    /** Log position below which messages, and units of queues, are the old broker's. */
    long end() {
        return end;
    }

    /** Fills what is empty. */
    void fill(Topics topics, SubscriptionGroups groups, ConsumerOffsets offsets, ScheduleProgress schedule) {
        for (OldTopic topic : known.topics()) {
            topics.keepKeys(topic.firstQueueKey(), topic.maxOffsets().size());
        }
        for (OldTopic topic : known.topics()) {
            topics.putOld(configOf(topic), topic.firstQueueKey(), topic.maxOffsets());
        }
        for (OldGroup group : known.groups()) {
            groups.put(configOf(group));
        }
        for (OldProgress progress : known.progress()) {
            offsets.putAll(progress.group(), progress.topic(), progress.next());
        }
        known.delayed().forEach((level, next) -> {
            if (level >= 1 && level <= SystemNames.MAX_DELAY_LEVELS && next > 0) {
                schedule.advance(level, next);
            }
        });
    }

    private static TopicConfig configOf(OldTopic topic) {
        try {
            TopicConfig found = ConfigJson.readTopic(Json.readObject(topic.json()));
            return new TopicConfig(
                    topic.name(),
                    found.readQueues(),
                    found.writeQueues(),
                    found.perm(),
                    found.order(),
                    found.sysFlag(),
                    found.filterType(),
                    found.attributes());
        } catch (JsonException | IllegalArgumentException e) {
            throw unreadable("topic " + topic.name(), "topics.json", e);
        }
    }

    private static SubscriptionGroup configOf(OldGroup group) {
        try {
            SubscriptionGroup found = ConfigJson.readGroup(Json.readObject(group.json()));
            return new SubscriptionGroup(
                    group.name(),
                    found.consumeEnable(),
                    found.consumeFromMinEnable(),
                    found.consumeBroadcastEnable(),
                    found.consumeMessageOrderly(),
                    found.retryQueues(),
                    found.retryMaxTimes(),
                    found.brokerId(),
                    found.whichBrokerWhenConsumeSlowly(),
                    found.notifyConsumerIdsChangedEnable(),
                    found.sysFlag(),
                    found.consumeTimeoutMinute(),
                    found.attributes(),
                    found.otherJson());
        } catch (JsonException | IllegalArgumentException e) {
            throw unreadable("subscription group " + group.name(), "subscriptionGroup.json", e);
        }
    }

    private static IllegalStateException unreadable(String what, String file, RuntimeException cause) {
        return new IllegalStateException(
                "the " + what + " of the old broker cannot be taken over: " + cause.getMessage()
                        + "; mend it in config/"
                        + file
                        + " of the member whose data counts, remove the directories that end in -origin, and start"
                        + " again",
                cause);
    }
}
