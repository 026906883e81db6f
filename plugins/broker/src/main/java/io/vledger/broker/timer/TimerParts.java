package io.vledger.broker.timer;

import io.vledger.api.group.Group;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.LogStore;
import io.vledger.broker.config.Settings;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.LightOffsets;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.metrics.Labels;
import io.vledger.broker.routing.RequestTable;
import io.vledger.broker.routing.RoutingPolicy;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.message.HostBytes;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.LongSupplier;

/** Builds what a group's broker does about messages that are delivered later, and gives each part what it uses. Loop only. */
public final class TimerParts {
    private static final long MAX_ROLL_MS = 2 * 86_400_000L;
    private static final long HOUR_MS = 3_600_000L;
    private static final long LEAST_ROLL_MS = 60_000L;

    private final Timers timers;
    private final TimerMetrics metrics;
    private final TimerDelivery timed;
    private final TimerTakeOver takeOver;
    private final DelayDelivery delayed;
    private final RecallHandler recall;
    private final NeededMessages needed;

    /** What the parts use of a broker. */
    public record Broker(
            Group group,
            BrokerState state,
            LogStore log,
            ColdReads coldReads,
            MetadataProposals metadata,
            LightOffsets lights,
            Refusals refusals) {}

    /**
     * The parts of a broker.
     *
     * @param settings those in force
     * @param clock milliseconds since the epoch
     */
    public TimerParts(Broker broker, GroupConfig config, Settings settings, LongSupplier clock) {
        DelayLevels delays = DelayLevels.parse(config.broker().messageDelayLevel());
        timers = new Timers(broker.state, new TimerTimes(settings::timers), rollMs(config.retention()));
        takeOver = new TimerTakeOver(broker, timers, clock, this::wake);
        timed = new TimerDelivery(broker, timers, clock, takeOver::done);
        metrics = new TimerMetrics(
                broker.group,
                broker.state.part(TimerState.class),
                new Labels(broker.state.cluster(), broker.group.name()),
                clock);
        delayed = new DelayDelivery(broker, delays, clock);
        needed = new NeededMessages(broker.state, delays, clock);
        byte[] storeHost = HostBytes.of(new InetSocketAddress(config.host(), config.port()));
        recall = new RecallHandler(broker.group, broker.state, timers, broker.refusals, storeHost, clock);
    }

    private void wake() {
        timed.wake();
    }

    /** Messages are stored again long before retention deletes them. */
    private static long rollMs(GroupConfig.Retention retention) {
        return Math.max(LEAST_ROLL_MS, Math.min(MAX_ROLL_MS, retention.hours() * HOUR_MS / 2));
    }

    /** Stores messages that are delivered later. */
    public Timers timers() {
        return timers;
    }

    /** Adds the request handlers. */
    public void addTo(RequestTable requests) {
        requests.add(RoutingPolicy.WRITE, RequestCode.RECALL_MESSAGE, recall);
    }

    /** What of the log is still needed. */
    public NeededMessages needed() {
        return needed;
    }

    /** What must hear of changes of the state, in this order. */
    public List<BrokerListener> listeners() {
        return List.of(timed, takeOver, delayed);
    }

    /** Exports timers. */
    public MetricSource metrics() {
        return metrics;
    }
}
