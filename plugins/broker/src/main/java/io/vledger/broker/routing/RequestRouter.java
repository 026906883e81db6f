package io.vledger.broker.routing;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.Rerouter;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides for each request that only a leader can serve whether this member serves it, relays it to the leader, or lets it wait for
 * one. Loop only.
 *
 * <p>After a change of leader nothing is relayed to the new one, or served here, before the ordered requests at the old one were
 * answered or given back; see {@link LeaderLink}.
 */
public final class RequestRouter implements Rerouter, BrokerListener {
    /** How long a request waits for a leader before it is refused; clients wait for 3 s in all. */
    static final int MAX_WAIT_MS = 2_000;

    static final int STOP_MS = 1_000;
    /** A long poll that waited at another member for so long is not sent again: its client would give up first. */
    private static final int MAX_LONG_POLL_AGE_MS = 12_000;

    private final Group group;
    private final BrokerState state;
    private final LongSupplier clock;
    private final BooleanSupplier standby;
    private final LeaderLink link;
    private final ForwardQueue waiting = new ForwardQueue();
    private RequestTable table = new RequestTable();
    private long lastNumber;
    private boolean checkQueued;
    /** When the earliest timer fires. */
    private long timerMs = Long.MAX_VALUE;

    private boolean refusing;
    private @Nullable Promise<Void> stopping;
    private long stopAtMs;
    private boolean stopped;
    private Group.Registration statusChanges = () -> {};

    /**
     * A router of a group's requests; to be registered with the state.
     *
     * @param clock milliseconds since the epoch
     * @param relays makes a relay to an address, on the group's loop
     * @param standby whether this member is published beside the leader, under another broker name: clients then search both for
     *     messages by key, and must get each message once
     */
    public RequestRouter(
            Group group,
            BrokerState state,
            LongSupplier clock,
            Function<String, RpcRelay> relays,
            BooleanSupplier standby) {
        this.group = group;
        this.state = state;
        this.clock = clock;
        this.standby = standby;
        this.link = new LeaderLink(group, clock, relays, this::requestCheck);
    }

    /** Registers the handlers of a table so that requests reach the member that can serve them. */
    public void register(RequestTable newTable, Handlers handlers) {
        table = newTable;
        newTable.entries().forEach((code, entry) -> handlers.register(code, routed(entry)));
        statusChanges = group.onStatus(status -> check());
    }

    private RequestHandler routed(RequestTable.Entry entry) {
        return switch (entry.policy()) {
            case LOCAL, LOCAL_THEN_LEADER -> entry.handler();
            default -> request -> route(request, entry);
        };
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        requestCheck(); // not at once: the state hears of it before the group takes proposals
    }

    private void route(RpcRequest received, RequestTable.Entry entry) {
        RoutingPolicy policy = entry.policy();
        if (servesHere(policy) || !(received instanceof RelayableRequest request)) {
            entry.handler().handle(received);
            return;
        }
        if (request.hops() > 0 && !link.selfIsLeader()) {
            request.giveBack();
            return;
        }
        if (policy == RoutingPolicy.KEY_SEARCH
                && request.hops() == 0
                && standby.getAsBoolean()
                && link.leaderAddress() != null) {
            request.reply(ResponseCode.QUERY_NOT_FOUND, "the leader of " + group.name() + " answers this");
            return;
        }
        PendingForward pending = pending(request, entry);
        if (!waiting.isEmpty() || !relay(pending)) {
            enqueue(pending);
        }
    }

    private PendingForward pending(RelayableRequest request, RequestTable.Entry entry) {
        return new PendingForward(this, request, entry, ++lastNumber, clock.getAsLong());
    }

    @Override
    public boolean tryReroute(RpcRequest unserved) {
        RequestTable.Entry entry = table.find(unserved.code());
        if (refusing
                || entry == null
                || entry.policy() == RoutingPolicy.LOCAL
                || !(unserved instanceof RelayableRequest request)) {
            return false;
        }
        if (request.hops() > 0 && !link.selfIsLeader()) {
            request.giveBack();
        } else {
            enqueue(pending(request, entry));
        }
        return true;
    }

    private boolean servesHere(RoutingPolicy policy) {
        return state.leads() && (policy == RoutingPolicy.LONG_POLL || (waiting.isEmpty() && mayServe()));
    }

    /** Whether this leader serves: no ordered request is left at another member, and proposals are taken. */
    private boolean mayServe() {
        Refusal refusal = group.refusal();
        return !link.exists() && refusal != Refusal.TRANSFERRING && refusal != Refusal.NOT_LEADER;
    }

    /** Relays a request if the link is ready; false if the request must wait. */
    private boolean relay(PendingForward pending) {
        RpcRelay ready = link.ready();
        if (ready == null || pending.request.hops() > 0) {
            return false;
        }
        RoutingPolicy policy = pending.policy();
        if (policy.repeatable && !pending.request.oneway()) {
            pending.request.keep();
        }
        if (!ready.relay(pending.request, policy.ordered, policy.timeoutMs, pending)) {
            refuseBusy(pending);
        }
        return true;
    }

    private void enqueue(PendingForward pending) {
        if (stopped) {
            answerLast(pending, "the leader was not reached");
        } else if (waiting.add(pending)) {
            requestCheck();
        } else {
            refuseBusy(pending);
        }
    }

    private static void refuseBusy(PendingForward pending) {
        if (pending.request.code() == RequestCode.QUERY_CONSUMER_OFFSET) {
            pending.request.connection().close(); // older clients take any code for "begin at the end"
        } else {
            pending.request.reply(
                    ResponseCode.SYSTEM_BUSY, "[REJECTREQUEST]system busy: too many requests wait for the leader");
        }
    }

    /** The leader gave a relayed request back without having done anything. */
    void givenBack(PendingForward pending) {
        link.pause();
        enqueue(pending);
    }

    /** The connection to the leader ended, or the leader did not answer in time. */
    void lost(PendingForward pending, String why) {
        long now = clock.getAsLong();
        boolean longPoll = pending.policy() == RoutingPolicy.LONG_POLL;
        boolean tooOld = longPoll && !stopped && now - pending.arrivedMs >= MAX_LONG_POLL_AGE_MS;
        if (pending.policy().repeatable && !tooOld) {
            if (longPoll) {
                pending.deadlineMs = now + MAX_WAIT_MS;
            }
            enqueue(pending);
        } else {
            pending.request.reply(
                    ResponseCode.SYSTEM_ERROR,
                    "the outcome is unknown: the request was handed to the leader, and " + why
                            + "; a retry may repeat it");
        }
    }

    private void requestCheck() {
        if (!checkQueued) {
            checkQueued = true;
            group.execute(() -> {
                checkQueued = false;
                check();
            });
        }
    }

    /** Follows the leader, and serves, relays or refuses what waits: whenever something has changed that decides about it. */
    private void check() {
        if (stopped) {
            return;
        }
        link.follow();
        dispatchWaiting();
        waiting.takeLate(clock.getAsLong()).forEach(this::refuseLate);
        if (stopping != null && (idle() || clock.getAsLong() >= stopAtMs)) {
            endStop(stopping);
        } else {
            checkBy(Math.min(waiting.nextDeadlineMs(), link.nextChangeMs()));
        }
    }

    private boolean idle() {
        return waiting.isEmpty() && link.orderedInFlight() == 0;
    }

    /** Has a timer run {@link #check} at a time, or before. */
    private void checkBy(long atMs) {
        if (atMs < timerMs) {
            timerMs = atMs;
            group.schedule(Math.max(0, atMs - clock.getAsLong()), () -> {
                timerMs = Long.MAX_VALUE;
                check();
            });
        }
    }

    /** Serves or relays waiting requests in their order, as far as possible now. */
    private void dispatchWaiting() {
        for (PendingForward first = waiting.first(); first != null; first = waiting.first()) {
            if (!first.request.connection().open()) {
                waiting.removeFirst();
            } else if (state.leads() && mayServe()) {
                waiting.removeFirst();
                first.request.serve(first.handler());
            } else if (first.request.hops() > 0 && !link.selfIsLeader()) {
                waiting.removeFirst();
                first.request.giveBack();
            } else if (link.ready() == null || first.request.hops() > 0) {
                return;
            } else {
                waiting.removeFirst();
                relay(first);
            }
        }
    }

    private void refuseLate(PendingForward late) {
        if (!late.request.connection().open()) {
            return;
        }
        if (late.request.hops() > 0) {
            late.request.giveBack();
        } else {
            refusing = true;
            late.request.serve(late.handler()); // answers why not, or does what needs no leader
            refusing = false;
        }
    }

    /**
     * Stops routing: relayed requests are waited for, {@value #STOP_MS} ms at most, then everything that is left is answered. No
     * request may arrive any more. Any thread.
     */
    public Future<Void> stop() {
        Promise<Void> done = Promise.promise();
        group.execute(() -> {
            stopping = done;
            stopAtMs = clock.getAsLong() + STOP_MS;
            checkBy(stopAtMs);
            check();
        });
        return done.future();
    }

    private void endStop(Promise<Void> done) {
        stopped = true;
        statusChanges.close();
        link.close();
        waiting.takeLate(Long.MAX_VALUE).forEach(pending -> answerLast(pending, "it was not served in time"));
        done.complete();
    }

    /** Answers so that the client tries again; a request that cannot be read is refused, and does not delay the others. */
    private void answerLast(PendingForward pending, String why) {
        if (pending.request.connection().open()) {
            pending.request.serve(request -> lastAnswer(pending, why));
        }
    }

    private void lastAnswer(PendingForward pending, String why) {
        RelayableRequest request = pending.request;
        if (request.hops() > 0) {
            request.giveBack();
        } else if (pending.policy() == RoutingPolicy.LONG_POLL) {
            long from = request.fields().longNumber("queueOffset", 0);
            FieldWriter nothingNew = sink -> sink.put("suggestWhichBrokerId", 0)
                    .put("nextBeginOffset", from)
                    .put("minOffset", 0)
                    .put("maxOffset", from);
            request.reply(ResponseCode.PULL_NOT_FOUND, why, nothingNew, null);
        } else if (request.code() == RequestCode.QUERY_CONSUMER_OFFSET) {
            request.connection().close();
        } else {
            request.reply(ResponseCode.SERVICE_NOT_AVAILABLE, group.node() + " stops: " + why);
        }
    }
}
