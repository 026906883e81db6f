package io.vledger.broker.pop;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a leader does by itself about messages in flight: ends invisible times, wakes pops when a queue is free again, and tells proposers
 * what became of their operations. Everything that it knows is rebuilt from the state when leadership begins. Loop only.
 */
final class PopLeader implements PopState.Observer, BrokerListener {
    private final Group group;
    private final BrokerState state;
    private final PopState pops;
    private final PopProposals proposals;
    private final PopClock clock;
    private final PopResponder responder;
    private final PopReviver reviver;
    private final PopCounters counters;
    private final Deadlines deadlines = new Deadlines();
    private final Set<PopQueue> freed = new LinkedHashSet<>();
    private boolean leads;
    private long timerMs = Long.MAX_VALUE;

    /** To be registered with the states. */
    PopLeader(
            Group group,
            BrokerState state,
            PopProposals proposals,
            PopClock clock,
            PopResponder responder,
            PopReviver reviver,
            PopCounters counters) {
        this.group = group;
        this.counters = counters;
        this.state = state;
        this.pops = state.part(PopState.class);
        this.proposals = proposals;
        this.clock = clock;
        this.responder = responder;
        this.reviver = reviver;
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        boolean before = leads;
        leads = role == GroupRole.LEADER;
        proposals.forgetLeadership();
        reviver.forgetLeadership();
        if (leads) {
            clock.lead(pops.latestMs());
            rebuild();
        } else {
            clock.follow();
            deadlines.clear();
            freed.clear();
        }
        if (before != leads || role == GroupRole.STOPPED) {
            responder.waits().endAll(); // nothing would wake them here any more, or they are to see the new state
        }
    }

    @Override
    public void restored() {
        responder.waits().restored();
        if (leads) {
            rebuild();
        }
    }

    @Override
    public void topicsChanged() {
        responder.waits().topicsChanged();
    }

    private void rebuild() {
        deadlines.clear();
        counters.flights(pops.flights());
        pops.dropUnborn();
        for (PopQueue queue : pops.all()) {
            queue.forgetLeadership();
            queue.flights().forEach(deadlines::add);
            OrderLock lock = queue.lock();
            if (lock != null && lock.openCount() > 0) {
                deadlines.addLock(queue, lock.lockedUntilMs());
            }
        }
        arm();
    }

    @Override
    public void applied(boolean fits) {
        if (leads) {
            proposals.applied(fits);
        }
    }

    @Override
    public void stamped(long ms) {
        clock.stamped(ms);
    }

    @Override
    public void began(Flight flight) {
        counters.flights(pops.flights());
        if (leads) {
            deadlines.add(flight);
            arm();
        }
    }

    @Override
    public void left(PopQueue queue, Flight flight) {
        counters.flights(pops.flights());
        if (leads) {
            if (flight.open() == 0) {
                deadlines.remove(flight);
                counters.ended(queue.key);
            }
            if (queue.starved) {
                free(queue);
            }
        }
    }

    @Override
    public void locked(PopQueue queue) {
        OrderLock lock = queue.lock();
        if (!leads) {
            return;
        }
        long untilMs = lock == null ? Long.MIN_VALUE : lock.lockedUntilMs();
        if (untilMs <= clock.nowMs()) {
            queue.starved = true;
            free(queue);
        } else {
            deadlines.addLock(queue, untilMs);
            arm();
        }
    }

    @Override
    public void forgotten(PopQueue queue) {
        if (leads) {
            queue.starved = true;
            free(queue);
        }
    }

    /** Has pops look at a queue again, once everything that is being applied is. */
    private void free(PopQueue queue) {
        if (freed.isEmpty()) {
            group.execute(() -> {
                List<PopQueue> all = new ArrayList<>(freed);
                freed.clear();
                all.forEach(responder::tellStarved);
            });
        }
        freed.add(queue);
    }

    private void arm() {
        long nextMs = deadlines.nextMs();
        if (nextMs < timerMs) {
            timerMs = nextMs;
            group.schedule(Math.min(clock.untilMs(nextMs), Integer.MAX_VALUE), () -> {
                timerMs = Long.MAX_VALUE;
                end();
            });
        }
    }

    /** Ends what is due. */
    private void end() {
        if (!state.leads()) {
            return;
        }
        for (Deadlines.Tick tick : deadlines.takeDue(clock.nowMs())) {
            Iterator<Flight> flights = tick.flights.iterator();
            while (flights.hasNext()) {
                Flight flight = flights.next();
                PopQueue queue = flight.queue;
                if (queue == null || queue.find(flight.start, flight.popMs) != flight) {
                    continue;
                }
                int over = flight.open() & ~flight.acking & ~flight.leaving;
                if (over != flight.open()) {
                    retry(flight); // what others proposed may be refused
                }
                if (over != 0) {
                    flight.leaving |= over;
                    reviver.revive(queue, flight, over, () -> retry(flight));
                }
            }
            for (PopQueue queue : tick.locks) {
                queue.starved = true;
                free(queue);
            }
        }
        arm();
    }

    /** Messages that could not be stored again stay in flight a little longer. */
    private void retry(Flight flight) {
        if (leads) {
            deadlines.postpone(flight, clock.nowMs() + PopReviver.RETRY_MS);
            arm();
        }
    }
}
