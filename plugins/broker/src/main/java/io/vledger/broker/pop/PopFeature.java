package io.vledger.broker.pop;

import io.vledger.api.group.Group;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.LogStore;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.OffsetResetter;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.routing.RequestTable;
import io.vledger.broker.routing.RoutingPolicy;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.protocol.RequestCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** POP of one group: builds its parts. The only class of the package that others use, beside its state. Loop only. */
public final class PopFeature {
    private final PopHandler pops;
    private final AckHandler acks;
    private final InvisibleTimeHandler invisibleTimes;
    private final PeekHandler peeks;
    private final PopLeader leader;
    private final PopCounters counters = new PopCounters();

    /** What a broker has anyway. */
    public record Broker(
            Group group,
            BrokerState state,
            LogStore log,
            ColdReads coldReads,
            MetadataProposals metadata,
            OffsetResetter resets,
            Refusals refusals,
            Traffic traffic) {}

    /**
     * POP of a group.
     *
     * @param readable whether the broker has read permission
     * @param settings those in force
     * @param clock milliseconds since the epoch
     */
    public PopFeature(Broker broker, BooleanSupplier readable, Supplier<GroupConfig.Pop> settings, LongSupplier clock) {
        BooleanSupplier secondRetryName = () -> settings.get().enableRetryTopicV2();
        BrokerState state = broker.state;
        PopState popState = state.part(PopState.class);
        PopProposals proposals = new PopProposals(broker.group);
        PopClock popClock = new PopClock(clock);
        PopChecks checks = new PopChecks(state, broker.metadata, readable);
        PopResponder.PopTools tools = new PopResponder.PopTools(
                broker.group,
                proposals,
                popClock,
                broker.coldReads,
                broker.resets,
                broker.refusals,
                broker.traffic,
                counters,
                settings);
        PopResponder responder = new PopResponder(
                state,
                popState,
                broker.log,
                tools,
                server -> new PopWaits(broker.group, state.topics(), clock, server));
        PopReviver reviver = new PopReviver(
                broker.group,
                state,
                new PopReviver.Tools(
                        broker.metadata,
                        broker.log,
                        broker.coldReads,
                        broker.traffic,
                        counters,
                        clock,
                        secondRetryName));
        leader = new PopLeader(broker.group, state, proposals, popClock, responder, reviver, counters);
        popState.observe(leader);
        pops = new PopHandler(checks, responder, clock);
        acks = new AckHandler(state, checks, proposals, popClock, broker.refusals, counters);
        invisibleTimes = new InvisibleTimeHandler(state, checks, proposals, popClock, broker.refusals);
        peeks = new PeekHandler(state, checks, broker.log, broker.coldReads, secondRetryName);
    }

    /** Adds its requests. */
    public void addTo(RequestTable requests) {
        requests.add(RoutingPolicy.LONG_POLL, RequestCode.POP_MESSAGE, pops::pop);
        requests.add(RoutingPolicy.LONG_POLL, RequestCode.NOTIFICATION, pops::notification);
        requests.add(RoutingPolicy.READ, RequestCode.POLLING_INFO, pops::pollingInfo);
        requests.add(RoutingPolicy.READ, RequestCode.PEEK_MESSAGE, peeks::peek);
        requests.add(RoutingPolicy.WRITE, RequestCode.ACK_MESSAGE, acks::ack);
        requests.add(RoutingPolicy.WRITE, RequestCode.BATCH_ACK_MESSAGE, acks::batchAck);
        requests.add(RoutingPolicy.WRITE, RequestCode.CHANGE_MESSAGE_INVISIBLETIME, invisibleTimes::change);
    }

    /** The topics in which messages of a topic are tried again, of all groups that consumed it. */
    public static List<String> retryTopicsOf(BrokerState state, String topic) {
        List<String> found = new ArrayList<>();
        for (String group : state.offsets().groupsOf(topic)) {
            GroupTopic key = new GroupTopic(group, topic);
            for (String name : List.of(RetryTopics.first(key), RetryTopics.second(key))) {
                if (state.topics().find(name) != null) {
                    found.add(name);
                }
            }
        }
        return found;
    }

    /** To be registered with the state. */
    public BrokerListener listener() {
        return leader;
    }

    /** What it counts. */
    public PopCounters counters() {
        return counters;
    }
}
