package io.vledger.broker.send;

import io.vledger.api.rpc.RequestException;
import io.vledger.broker.config.Settings;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.Topics;
import io.vledger.protocol.Permission;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;

/** The configuration of topics that are created because a message is sent to them. */
public final class TopicCreation {

    private final Topics topics;
    private final Settings settings;

    /** For topics of a group, by its settings. */
    public TopicCreation(Topics topics, Settings settings) {
        this.topics = topics;
        this.settings = settings;
    }

    /**
     * A topic made from a template; refuses the request if names or settings forbid it.
     *
     * @param unit whether the producer is of a unit, RocketMQ's {@code unitMode}
     */
    TopicConfig fromTemplate(String topic, String template, int wantedQueues, boolean unit) {
        if (!SystemNames.validTopic(topic)) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "the topic " + printable(topic) + " is not a valid name: letters, digits, % | _ - and at most 127");
        }
        if (topic.startsWith(TopicNames.LIGHT_PREFIX)) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    topic + " is the name of a light queue: send to a topic, with the property INNER_MULTI_DISPATCH");
        }
        if (SystemNames.retryTopic(topic)) {
            return TopicConfig.of(topic, 1, Permission.READ_WRITE)
                    .withSysFlag(unit ? TopicConfig.UNIT_SUBSCRIPTION : 0);
        }
        Topic model = topics.find(template);
        boolean standard = template.equals(TopicNames.TEMPLATE);
        boolean inherits = model != null && (model.config().perm() & Permission.INHERIT) != 0;
        if (model == null || !inherits || (standard && !settings.autoCreateTopicEnable())) {
            throw new RequestException(
                    ResponseCode.TOPIC_NOT_EXIST, "topic[" + printable(topic) + "] not exist, apply first please!");
        }
        int bound = standard ? settings.defaultTopicQueueNums() : model.config().writeQueues();
        int queues = Math.max(1, Math.min(wantedQueues, bound));
        return TopicConfig.of(topic, queues, model.config().perm() & ~Permission.INHERIT)
                .withSysFlag(unit ? TopicConfig.UNIT : 0);
    }

    /** The dead letter topic of a group. */
    static TopicConfig deadLetter(String group) {
        return TopicConfig.of(TopicNames.DEAD_LETTER_PREFIX + group, 1, Permission.READ_WRITE);
    }

    /** The retry topic of a group. */
    static TopicConfig retry(String group, int queues) {
        return TopicConfig.of(TopicNames.RETRY_PREFIX + group, queues, Permission.READ_WRITE);
    }

    private static String printable(String name) {
        return name.length() <= 128 ? name : name.substring(0, 128) + "...";
    }
}
