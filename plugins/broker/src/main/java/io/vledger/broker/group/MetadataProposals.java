package io.vledger.broker.group;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.broker.config.RuntimeConfig;
import io.vledger.broker.config.RuntimeKeys;
import io.vledger.broker.config.Settings;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.ForbiddenTopics;
import io.vledger.broker.state.KnownFilters;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.RequestModes;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.protocol.TopicNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proposes changes of topics and subscription groups. While a topic's deletion is in flight the topic takes no messages, since
 * those could otherwise meet a new topic of the same name. Loop only.
 */
public final class MetadataProposals {
    private static final int MAX_WAITERS = 10_000;
    private static final int MAX_CREATING = 1_000;

    private final EntryProposer proposer;
    private final BrokerState state;
    private final Settings settings;
    private final PublishedRoutes routes;
    private final Map<String, List<Completion>> creating = new HashMap<>();
    private final Set<String> creatingGroups = new HashSet<>();

    /** For one group. */
    public MetadataProposals(Group group, BrokerState state, Settings settings, PublishedRoutes routes) {
        this.routes = routes;
        this.proposer = new EntryProposer(group);
        this.state = state;
        this.settings = settings;
    }

    /** Creates or changes a topic; done once name servers publish it. */
    public void putTopic(TopicConfig config, Completion done) {
        putTopics(List.of(config), done);
    }

    /** Creates or changes topics, all in one entry; done once name servers publish them. */
    public void putTopics(List<TopicConfig> configs, Completion done) {
        proposer.propose(
                BrokerEntry.TOPIC_PUT, payload -> configs.forEach(config -> config.write(payload)), outcome -> {
                    if (outcome == null) {
                        routes.await(() -> done.done(null));
                    } else {
                        done.done(outcome);
                    }
                });
    }

    /** Creates a topic unless it exists; callers of the same name share one proposal, of the first one's configuration. */
    public void ensureTopic(TopicConfig config, Completion done) {
        Topic existing = state.topics().find(config.name());
        if (existing != null && !existing.deleting()) {
            done.done(null);
            return;
        }
        List<Completion> waiting = creating.get(config.name());
        if (waiting == null ? creating.size() >= MAX_CREATING : waiting.size() >= MAX_WAITERS) {
            done.done(Refusal.BUSY);
            return;
        }
        if (waiting != null) {
            waiting.add(done);
            return;
        }
        List<Completion> waiters = new ArrayList<>();
        waiters.add(done);
        creating.put(config.name(), waiters);
        putTopic(config, outcome -> {
            creating.remove(config.name());
            waiters.forEach(waiter -> waiter.done(outcome));
        });
    }

    /** Deletes a topic with its queues and the consumer offsets on it; done at once if there is none. */
    public void deleteTopic(String name, Completion done) {
        Topic topic = state.topics().find(name);
        if (topic == null && !creating.containsKey(name)) {
            done.done(null);
            return;
        }
        if (topic != null) {
            topic.deleting(true);
        }
        proposer.propose(BrokerEntry.TOPIC_DELETE, payload -> BrokerEntry.writeTopicDelete(payload, name), outcome -> {
            if (topic != null) {
                topic.deleting(false);
            }
            done.done(outcome);
        });
    }

    /** Creates or changes a subscription group. */
    public void putGroup(SubscriptionGroup config, Completion done) {
        putGroups(List.of(config), done);
    }

    /** Creates or changes subscription groups, all in one entry. */
    public void putGroups(List<SubscriptionGroup> configs, Completion done) {
        proposer.propose(BrokerEntry.GROUP_PUT, payload -> configs.forEach(config -> config.write(payload)), done);
    }

    /** Forbids a topic to a subscription group, or allows it again. */
    public void forbid(String group, String topic, boolean forbidden, Completion done) {
        proposer.propose(
                ForbiddenTopics.FORBID, payload -> ForbiddenTopics.writeEntry(payload, group, topic, forbidden), done);
    }

    /** Records what a subscription group selects of a topic. */
    public void putFilter(String group, String topic, KnownFilters.Filter filter, Completion done) {
        proposer.propose(KnownFilters.FILTER, payload -> KnownFilters.writeEntry(payload, group, topic, filter), done);
    }

    /** Deletes a subscription group, with its consumer offsets if asked. */
    public void deleteGroup(String name, boolean cleanOffsets, Completion done) {
        proposer.propose(
                BrokerEntry.GROUP_DELETE, payload -> BrokerEntry.writeGroupDelete(payload, name, cleanOffsets), done);
    }

    /**
     * Sets values of the configuration.
     *
     * @param values valid ones by key
     */
    public void setConfig(Map<String, String> values, Completion done) {
        proposer.propose(RuntimeConfig.SET, payload -> RuntimeConfig.writeEntry(payload, values), outcome -> {
            Topic template = state.topics().find(TopicNames.TEMPLATE);
            if (outcome != null || template == null || values.keySet().stream().noneMatch(RuntimeKeys::changesRoutes)) {
                done.done(outcome);
            } else {
                // Gives the topics a new version, so that name servers take the routes that follow from the new values.
                putTopic(template.config(), done);
            }
        });
    }

    /** Sets how the clients of a group get the messages of a topic. */
    public void setMode(GroupTopic key, RequestModes.Mode mode, Completion done) {
        proposer.propose(
                RequestModes.SET,
                payload -> {
                    int at = payload.writerIndex();
                    PartEntry.beginHeader(payload, 0);
                    RequestModes.writeHeader(payload, key, mode);
                    payload.setInt(at, payload.writerIndex() - at - Integer.BYTES);
                    PartEntry.beginMessages(payload, 0);
                },
                done);
    }

    /**
     * The group of this name. If there is none and groups are created automatically, one with default settings: proposed by a
     * leader in the background, and used at once since it changes nothing but its being listed.
     *
     * @return null if there is none and it may not be created
     */
    public @Nullable SubscriptionGroup groupOrCreate(String name) {
        SubscriptionGroup existing = state.groups().find(name);
        if (existing != null) {
            return existing;
        }
        boolean allowed = settings.autoCreateSubscriptionGroup() || SystemNames.systemGroup(name);
        if (!allowed || !SystemNames.validGroup(name)) {
            return null;
        }
        SubscriptionGroup created = SubscriptionGroup.of(name);
        if (state.leads() && creatingGroups.size() < MAX_CREATING && creatingGroups.add(name)) {
            putGroup(created, outcome -> creatingGroups.remove(name));
        }
        return created;
    }
}
