package io.vledger.broker.state;

import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.InitialState.OriginGroup;
import io.vledger.api.origin.InitialState.OriginProgress;
import io.vledger.api.origin.InitialState.OriginTopic;
import io.vledger.api.origin.Origin;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;

/**
 * Fills the state of a new group with what an earlier broker knew, in an order that is the same on all members. Names are accepted
 * as they are, even those that a topic or a group could not be given today.
 */
final class OriginState {
    private final InitialState known;
    private final long end;

    OriginState(Origin origin) {
        known = origin.initialState();
        end = origin.base().position();
    }

    /** Log position below which messages, and units of queues, are the earlier broker's. */
    long end() {
        return end;
    }

    /** Fills what is empty. */
    void fill(Topics topics, SubscriptionGroups groups, ConsumerOffsets offsets, ScheduleProgress schedule) {
        for (OriginTopic topic : known.topics()) {
            topics.reserveKeys(topic.firstQueueKey(), topic.maxOffsets().size());
        }
        for (OriginTopic topic : known.topics()) {
            if (!LightQueues.isLight(topic.name())) {
                topics.putFromOrigin(configOf(topic), topic.firstQueueKey(), topic.maxOffsets());
            }
        }
        for (OriginGroup group : known.groups()) {
            groups.put(configOf(group));
        }
        for (OriginProgress progress : known.progress()) {
            offsets.putAll(progress.group(), progress.topic(), progress.next());
        }
        known.delayed().forEach((level, next) -> {
            if (level >= 1 && level <= SystemNames.MAX_DELAY_LEVELS && next > 0) {
                schedule.advance(level, next);
            }
        });
    }

    /** Fills a part of the state that is empty. */
    void fill(StatePart part) {
        part.fill(known, end);
    }

    private static TopicConfig configOf(OriginTopic topic) {
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

    private static SubscriptionGroup configOf(OriginGroup group) {
        try {
            return ConfigJson.readGroup(Json.readObject(group.json())).named(group.name());
        } catch (JsonException | IllegalArgumentException e) {
            throw unreadable("subscription group " + group.name(), "subscriptionGroup.json", e);
        }
    }

    private static IllegalStateException unreadable(String what, String file, RuntimeException cause) {
        return new IllegalStateException(
                "the " + what + " of the earlier broker cannot be taken over: " + cause.getMessage()
                        + "; fix it in config/"
                        + file
                        + " of the member whose data counts, remove the directories that end in -origin, and start"
                        + " again",
                cause);
    }
}
