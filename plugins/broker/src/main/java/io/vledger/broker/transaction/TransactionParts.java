package io.vledger.broker.transaction;

import io.vledger.api.group.Group;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.client.ProducerRegistry;
import io.vledger.broker.client.StoredMessages;
import io.vledger.broker.config.Settings;
import io.vledger.broker.group.LightOffsets;
import io.vledger.broker.group.MessageReader;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.OffsetCoalescer;
import io.vledger.broker.group.OtherMembers;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.metrics.Labels;
import io.vledger.broker.routing.RequestTable;
import io.vledger.broker.routing.RoutingPolicy;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.timer.DelayLevels;
import io.vledger.broker.timer.Timers;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.message.HostBytes;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.LongSupplier;

/** Builds what a group's broker does about transactions, and gives each part what it uses. Loop only. */
public final class TransactionParts {
    private final OutcomeProposals proposals;
    private final TransactionChecks checks;
    private final EndTransactionHandler end;
    private final ResumeCheckHandler resume;
    private final ProducerChecks asked;
    private final TransactionMetrics metrics;
    private final OtherMembers others;

    /**
     * What the parts use of a broker.
     *
     * @param offsets takes the progress that tools are shown
     * @param traffic counts committed messages
     */
    public record Broker(
            Group group,
            BrokerState state,
            MetadataProposals metadata,
            Reading reading,
            Producers producers,
            Refusals refusals,
            OffsetCoalescer offsets,
            Traffic traffic) {}

    /**
     * What the log has.
     *
     * @param reader reads half messages whose position is known
     * @param claimed finds half messages by what clients say
     * @param newestFile where the newest file of the log begins
     * @param lights gives out queue offsets of light queues, which the log has beside those of topics
     */
    public record Reading(MessageReader reader, StoredMessages claimed, LongSupplier newestFile, LightOffsets lights) {}

    /**
     * Who can be asked.
     *
     * @param here those that are connected to this member
     * @param elsewhere reach those that are connected to others
     */
    public record Producers(ProducerRegistry here, OtherMembers elsewhere) {}

    /**
     * The parts of a broker.
     *
     * @param settings those in force
     * @param timers plans deliveries of committed messages at other times
     * @param clock milliseconds since the epoch
     */
    public TransactionParts(Broker broker, GroupConfig config, Settings settings, Timers timers, LongSupplier clock) {
        int delayLevels = DelayLevels.parse(config.broker().messageDelayLevel()).count();
        byte[] storeHost = HostBytes.of(new InetSocketAddress(config.host(), config.port()));
        TransactionTraffic traffic = new TransactionTraffic(broker.traffic);
        metrics = new TransactionMetrics(
                broker.group,
                broker.state.part(Transactions.class),
                traffic,
                new Labels(broker.state.cluster(), broker.group.name()));
        others = broker.producers.elsewhere;
        proposals = new OutcomeProposals(broker.group, broker.state, broker.reading.lights, storeHost, traffic, clock);
        asked = new ProducerChecks(
                broker.group.name(), broker.reading.reader, broker.producers.here, broker.producers.elsewhere);
        checks = new TransactionChecks(
                broker.group,
                broker.state,
                proposals,
                broker.metadata,
                broker.reading.reader,
                new TransactionChecks.CheckSchedule(
                        settings,
                        clock,
                        new CheckProgress(broker.state.topics(), broker.state.part(Transactions.class), broker.offsets),
                        broker.reading.newestFile),
                asked::ask);
        resume = new ResumeCheckHandler(
                broker.group,
                broker.state.part(Transactions.class),
                broker.reading.claimed,
                proposals,
                broker.refusals);
        end = new EndTransactionHandler(
                broker.group,
                broker.state.part(Transactions.class),
                broker.reading.claimed,
                proposals,
                new CommitTargets(broker.state.topics(), delayLevels, timers, clock),
                broker.refusals,
                settings,
                clock);
    }

    /** Adds the request handlers. */
    public void addTo(RequestTable requests) {
        requests.add(RoutingPolicy.WRITE, RequestCode.END_TRANSACTION, end);
        requests.add(RoutingPolicy.WRITE, RequestCode.RESUME_CHECK_HALF_MESSAGE, resume);
        requests.add(RoutingPolicy.LOCAL, RequestCode.CHECK_TRANSACTION_STATE, others.only(asked::askHere));
    }

    /** What must hear of changes of the state, in this order. */
    public List<BrokerListener> listeners() {
        return List.of(proposals, checks);
    }

    /** The position from which on the log is needed, because a half message without an outcome lies there. */
    public long neededFrom() {
        return checks.neededFrom();
    }

    /** Exports them. */
    public MetricSource metrics() {
        return metrics;
    }
}
