package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore.DamagedRun;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Message;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has entries that are damaged here put back from members that have them intact, and gives intact ones to those who ask. While an
 * entry is damaged every reader of it is refused, and asks again; nothing is skipped.
 *
 * <p>Only committed entries are asked for and given: they are the same on every member. What comes is believed as far as the store
 * can tell that it fits. One member is asked at a time, the next one when the last had nothing or did not answer. Loop only, but
 * for {@link #found}.
 */
final class DamageRepair {
    private static final Logger LOG = LoggerFactory.getLogger(DamageRepair.class);
    private static final long ASK_AGAIN_MS = 500;
    private static final int READ_BYTES = 1 << 20;
    /** Bound of one answer; a run is little more than one entry. */
    private static final int ANSWER_BYTES_MAX = 72 << 20;
    /** Answers in memory at once; who is not answered asks again, or somebody else. */
    static final int MAX_ANSWERS = 2;

    /** What a repair asks of the replica. */
    interface Host {
        /** Whether the member still takes part. */
        boolean running();

        /** Term of the messages to others. */
        long term();

        /** Committed as far as known. */
        long commitIndex();

        /** Damage was repaired: readers that waited for it may continue. */
        void repaired();

        /** This store cannot repair it: the member should not lead, and cannot apply it. */
        void notRepairable(DamagedRun run);
    }

    /** One run of damaged entries. */
    private static final class Repair {
        private final DamagedRun run;
        private String asked = "";
        private long askAgainMs;
        private boolean writing;
        private boolean unrepairable;

        Repair(DamagedRun run) {
            this.run = run;
        }
    }

    private final String group;
    private final List<String> others;
    private final GroupStore store;
    private final Shell shell;
    private final Links links;
    private final Consumer<LaneTask> lane;
    private final ReplicaMeter meter;
    private final Host host;
    private final NavigableMap<Long, Repair> repairs = new TreeMap<>();
    private int next;
    /** Answers that are being read. */
    private int answering;

    /** Repairs of a member's log. */
    DamageRepair(
            ReplicaSettings settings,
            GroupStore store,
            Shell shell,
            Links links,
            Consumer<LaneTask> lane,
            ReplicaMeter meter,
            Host host) {
        this.group = settings.group();
        this.others = new ArrayList<>(settings.raft().members());
        this.others.remove(settings.node());
        this.store = store;
        this.shell = shell;
        this.links = links;
        this.lane = lane;
        this.meter = meter;
        this.host = host;
    }

    /** Damage was found. Any thread. */
    void found(DamagedRun run) {
        shell.execute(() -> note(run));
    }

    private void note(DamagedRun run) {
        if (repairs.containsKey(run.firstIndex()) || !host.running()) {
            return;
        }
        Repair repair = new Repair(run);
        repairs.put(run.firstIndex(), repair);
        meter.damage().found();
        LOG.error(
                "{}: damage in the log: {}. Readers of the entries {} to {} are refused until they are repaired{}",
                group,
                run.what(),
                run.firstIndex(),
                run.lastIndex(),
                others.isEmpty() ? "; there is no other member to repair them from" : " from another member");
        report();
        if (run.firstIndex() <= 0) {
            giveUp(repair);
        } else {
            ask(repair, shell.nowMs());
        }
    }

    /** Time passed. */
    void tick(long nowMs) {
        if (repairs.isEmpty()) {
            return;
        }
        long first = store.log().base().index();
        for (Iterator<Repair> each = repairs.values().iterator(); each.hasNext(); ) {
            Repair repair = each.next();
            if (repair.run.lastIndex() <= first && !repair.unrepairable) {
                // Retention has dropped it.
                each.remove();
                report();
            } else if (nowMs >= repair.askAgainMs) {
                ask(repair, nowMs);
            }
        }
    }

    private void ask(Repair repair, long nowMs) {
        repair.askAgainMs = nowMs + ASK_AGAIN_MS;
        if (repair.writing || repair.unrepairable || repair.run.lastIndex() > host.commitIndex()) {
            return;
        }
        for (int i = 0; i < others.size(); i++) {
            String member = others.get(next++ % others.size());
            if (links.connected(member)) {
                repair.asked = member;
                links.send(
                        member,
                        new Message.EntriesRequest(host.term(), repair.run.firstIndex(), repair.run.lastIndex()));
                return;
            }
        }
    }

    /** A member asks for entries that are damaged there. */
    void asked(String member, Message.EntriesRequest request) {
        long first = request.firstIndex();
        long last = request.lastIndex();
        if (first <= store.log().base().index() || last < first || last > host.commitIndex()) {
            answer(member, request, null);
            return;
        }
        if (answering >= MAX_ANSWERS) {
            return;
        }
        answering++;
        shell.<LogBatch>read(() -> collect(first, last), (batch, failure) -> {
            answering--;
            if (batch == null) {
                LOG.warn(
                        "{}: {} asks for the entries {} to {}, which are damaged there; they cannot be read here: {}",
                        group,
                        member,
                        first,
                        last,
                        String.valueOf(failure));
            }
            if (host.running()) {
                answer(member, request, batch);
            }
            if (batch != null) {
                batch.release();
            }
        });
    }

    private void answer(String member, Message.EntriesRequest request, @Nullable LogBatch batch) {
        links.send(
                member,
                new Message.EntriesReply(
                        host.term(), request.firstIndex(), batch == null ? null : new BatchEntries(batch)));
    }

    /** Reads exactly these entries. Off the loop. */
    private LogBatch collect(long first, long last) throws StoreException {
        ByteBuf all = PooledByteBufAllocator.DEFAULT.directBuffer();
        boolean done = false;
        try {
            long index = first;
            while (index <= last) {
                LogBatch read = store.log().readBatch(index, READ_BYTES);
                try {
                    LogBatch wanted = read.lastIndex() > last ? read.before(last + 1) : read.retain();
                    all.writeBytes(wanted.bytes());
                    index = wanted.lastIndex() + 1;
                    wanted.release();
                } finally {
                    read.release();
                }
                if (all.readableBytes() > ANSWER_BYTES_MAX) {
                    throw new StoreException("the entries " + first + " to " + last + " are too many for one answer");
                }
            }
            LogBatch batch = LogBatch.parse(all, store.log().addressing());
            done = true;
            return batch;
        } finally {
            if (!done) {
                all.release();
            }
        }
    }

    /** A member sends entries, or answers that it does not have them. */
    void answered(String member, Message.EntriesReply reply) {
        Repair repair = repairs.get(reply.firstIndex());
        if (repair == null || repair.writing || repair.unrepairable || !repair.asked.equals(member)) {
            return;
        }
        repair.asked = "";
        boolean fits = reply.entries() instanceof BatchEntries entries
                && entries.firstIndex() == repair.run.firstIndex()
                && entries.lastIndex() == repair.run.lastIndex();
        if (!fits) {
            LOG.warn(
                    "{}: {} cannot give the entries {} to {}",
                    group,
                    member,
                    repair.run.firstIndex(),
                    repair.run.lastIndex());
            return;
        }
        write(
                repair,
                member,
                ((BatchEntries) Objects.requireNonNull(reply.entries())).batch().retain());
    }

    private void write(Repair repair, String member, LogBatch batch) {
        repair.writing = true;
        int[] replaced = {0};
        @Nullable StoreException[] refused = new StoreException[1];
        LaneTask task = new LaneTask();
        task.extra = () -> {
            try {
                replaced[0] = store.log().repair(batch);
            } catch (StoreException.Damaged | StoreException.OutOfRange | StoreException.NotRepairable e) {
                refused[0] = e;
            }
        };
        task.done = () -> {
            batch.release();
            repair.writing = false;
            if (!host.running()) {
                return;
            }
            StoreException why = refused[0];
            if (why == null) {
                repairs.remove(repair.run.firstIndex());
                meter.damage().repaired();
                LOG.warn(
                        "{}: repaired {} of the entries {} to {} with what {} has",
                        group,
                        replaced[0],
                        repair.run.firstIndex(),
                        repair.run.lastIndex(),
                        member);
                report();
                host.repaired();
            } else if (why instanceof StoreException.NotRepairable) {
                LOG.error("{}: {}", group, why.getMessage());
                giveUp(repair);
            } else {
                // The log may have been cut or grown since: if the damage is still there, its next reader reports it.
                LOG.error("{}: what {} sends is no repair: {}", group, member, why.getMessage());
                repairs.remove(repair.run.firstIndex());
                report();
            }
        };
        lane.accept(task);
    }

    private void giveUp(Repair repair) {
        repair.unrepairable = true;
        host.notRepairable(repair.run);
    }

    private void report() {
        StringBuilder what = new StringBuilder();
        for (Map.Entry<Long, Repair> entry : repairs.entrySet()) {
            if (what.length() > 1_000) {
                what.append("; and more");
                break;
            }
            what.append(what.isEmpty() ? "" : "; ").append(entry.getValue().run.what());
        }
        meter.damage().now(repairs.size(), what.toString());
    }
}
