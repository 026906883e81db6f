package io.vledger.broker.timer;

import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.LogStore;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.LightOffsets;
import io.vledger.broker.group.MessageCopy;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers what a source has in batches: several are read at once, off the loop if they are cold, and proposed in order, several before the
 * first is committed. Whatever goes wrong, the source is taken back to what was applied. Loop only.
 */
final class DeliveryPipeline {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryPipeline.class);
    private static final int MAX_BATCHES = 4;
    /** How long it waits with what cannot be read or is refused. */
    private static final int PAUSE_MS = 100;

    private final Group group;
    private final BrokerState state;
    private final LogStore log;
    private final ColdReads coldReads;
    private final DeliverySource source;
    private final LightOffsets lights;
    private final MessageCopy copy;
    private final Alarm resume;
    private final MessageView view = new MessageView();
    /** Taken and not proposed yet, in order. */
    private final ArrayDeque<DeliveryBatch> waiting = new ArrayDeque<>();

    private @Nullable DeliveryBatch spare;
    /** Most bytes of the messages of a batch: less once an entry of this group had no room for so many. */
    private int batchBytes = DeliveryBatch.MAX_BYTES;

    private int proposed;
    /** Changes whenever what was taken before is void. */
    private long epoch;

    private boolean pausing;
    private boolean running;

    DeliveryPipeline(TimerParts.Broker broker, LongSupplier clock, DeliverySource source) {
        this.group = broker.group();
        this.state = broker.state();
        this.log = broker.log();
        this.coldReads = broker.coldReads();
        this.lights = broker.lights();
        this.source = source;
        this.copy = new MessageCopy(state.cursors());
        this.resume = new Alarm(group, clock, this::afterPause);
    }

    /** Whether nothing is under way. */
    boolean idle() {
        return waiting.isEmpty() && proposed == 0 && !pausing;
    }

    /** This member leads: begins where the applied progress is. */
    void begin() {
        forget();
        proposed = 0;
        pausing = false;
        source.rewind();
        pump();
    }

    /** This member does not lead any more. */
    void end() {
        forget();
        proposed = 0;
        resume.cancel();
    }

    private void forget() {
        epoch++;
        waiting.forEach(DeliveryBatch::drop);
        waiting.clear();
    }

    /** Takes what is due, as far as it can be delivered now. */
    void pump() {
        if (!state.leads() || pausing || running) {
            return;
        }
        running = true;
        try {
            proposeRead();
            while (!pausing && waiting.size() + proposed < MAX_BATCHES) {
                DeliveryBatch batch = spare == null ? new DeliveryBatch() : spare;
                spare = null;
                batch.bound(batchBytes);
                source.fill(batch);
                if (batch.isEmpty()) {
                    spare = batch;
                    return;
                }
                waiting.addLast(batch);
                read(batch);
                proposeRead();
            }
        } finally {
            running = false;
        }
    }

    private void read(DeliveryBatch batch) {
        if (batch.count() == 0 || batch.lowestPosition() >= log.hotPosition()) {
            batch.read(log);
            return;
        }
        coldReads.run(() -> batch.read(log), () -> {
            if (batch.dropped()) {
                batch.release();
            } else {
                pump();
            }
        });
    }

    private void proposeRead() {
        long mine = epoch;
        while (!pausing && !waiting.isEmpty() && waiting.peekFirst().isRead()) {
            DeliveryBatch batch = waiting.peekFirst();
            boolean[] during = {true};
            boolean[] atOnce = new boolean[1];
            boolean decided = source.decide(batch, () -> {
                atOnce[0] = during[0];
                if (mine == epoch && !during[0]) {
                    pump();
                }
            });
            during[0] = false;
            if (!decided) {
                if (atOnce[0]) {
                    pause("cannot go on: a topic cannot be created now");
                }
                return;
            }
            waiting.removeFirst();
            propose(batch);
        }
    }

    private void propose(DeliveryBatch batch) {
        Refusal refusal = null;
        try {
            if (!batch.isEmpty() && !batch.passed()) {
                refusal = write(batch);
            }
        } finally {
            batch.release();
        }
        if (refusal == Refusal.TOO_LARGE && batch.count() > 1) {
            batchBytes /= 2;
            pause("goes on with smaller entries");
        } else if (refusal != null) {
            pause("not taken: " + refusal);
        } else if (batch.failure() != null) {
            // It is repaired from another member, or an operator must act: skipping would lose it.
            pause("waits: " + batch.failure().getMessage());
        }
    }

    private @Nullable Refusal write(DeliveryBatch batch) {
        int total = 0;
        int messages = 0;
        LightOffsets.Plan plan = lights.plan();
        for (int i = 0; i < batch.count(); i++) {
            TopicQueue target = batch.target(i);
            if (target != null && batch.show(i, view)) {
                batch.lights(i, plan.deliver(view, target.topic()));
                edit(batch, i);
                total += copy.size(target);
                messages++;
            }
        }
        if (plan.refusal() != null) {
            return plan.refusal();
        }
        Refusal refusal = group.begin(source.kind(), BrokerEntry.VERSION, source.headBytes(batch) + total);
        if (refusal != null) {
            return refusal;
        }
        plan.take();
        source.writeHead(group.buffer(), batch, total);
        for (int i = 0; i < batch.count(); i++) {
            TopicQueue target = batch.target(i);
            if (target != null && batch.show(i, view)) {
                edit(batch, i);
                copy.write(group.buffer(), target, group.bufferPosition());
            }
        }
        proposed++;
        long mine = epoch;
        int delivered = messages;
        group.submit(outcome -> {
            if (mine == epoch) {
                proposed--;
                applied(batch, delivered, outcome);
            }
        });
        return null;
    }

    private void edit(DeliveryBatch batch, int item) {
        source.edit(copy, view, batch, item);
        String offsets = batch.lights(item);
        if (!offsets.isEmpty()) {
            copy.property(PropertyNames.INNER_MULTI_QUEUE_OFFSET, offsets);
        }
    }

    private void applied(DeliveryBatch batch, int messages, @Nullable Refusal outcome) {
        if (outcome != null) {
            pause("not known to be committed: " + outcome);
            return;
        }
        source.delivered(batch, messages);
        if (pausing && proposed == 0) {
            resume.at(0);
        } else if (state.leads()) {
            long mine = epoch;
            // Not from within the completion: listeners are still hearing of what was applied.
            group.execute(() -> {
                if (mine == epoch) {
                    pump();
                }
            });
        }
    }

    /** Gives up what was taken and not proposed, and goes on later from what will be applied by then. */
    private void pause(String why) {
        if (!state.leads()) {
            return;
        }
        LOG.debug("{}: delivery {}", source.name(), why);
        pausing = true;
        waiting.forEach(DeliveryBatch::drop);
        waiting.clear();
        resume.cancel();
        resume.in(PAUSE_MS);
    }

    private void afterPause() {
        if (!state.leads() || !pausing || proposed > 0) {
            return;
        }
        pausing = false;
        epoch++;
        source.rewind();
        pump();
    }
}
