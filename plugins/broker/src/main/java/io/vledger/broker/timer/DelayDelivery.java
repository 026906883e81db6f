package io.vledger.broker.timer;

import io.vledger.api.group.GroupRole;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * On a leader, delivers what waits in the queues of the delay levels: each level by itself and in the order of its queue, when its head is
 * due. Loop only.
 */
public final class DelayDelivery implements BrokerListener {
    private final List<DelayLevel> levels = new ArrayList<>();
    private boolean leads;

    /** For one group; to be registered with the state. The clock gives milliseconds since the epoch. */
    public DelayDelivery(TimerParts.Broker broker, DelayLevels delays, LongSupplier clock) {
        BrokerState state = broker.state();
        DeliveryTargets targets = new DeliveryTargets(state, broker.metadata());
        for (int level = 1; level <= delays.count(); level++) {
            DelayLevel source = new DelayLevel(level, delays.delayMs(level), state, targets, clock);
            source.bind(new DeliveryPipeline(broker, clock, source), new Alarm(broker.group(), clock, source::wake));
            levels.add(source);
        }
        state.part(TimerState.class).onDelayed(this::appended);
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        boolean led = leads;
        leads = role == GroupRole.LEADER;
        if (leads) {
            levels.forEach(DelayLevel::begin);
        } else if (led) {
            levels.forEach(DelayLevel::end);
        }
    }

    private void appended(int queueId, long storedMs) {
        if (leads && queueId < levels.size()) {
            levels.get(queueId).appended(storedMs);
        }
    }
}
