package io.vledger.broker.forward;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.BrokerListener;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides for each request that only a leader can serve whether it is served here, relayed, or waits. Loop only.
 *
 * <p>After a change of leader, nothing is relayed to the new one, or served here, before the ordered requests at the old one
 * were answered or given back; a leader that says nothing more is waited for {@value #FENCE_MS} ms.
 */
public final class Forwarding {
    /** How long a request waits for a leader before it is refused; clients wait for 3 s in all. */
    static final int PATIENCE_MS = 2_000;

    static final int FENCE_MS = 500;
    static final int STOP_MS = 1_000;
    private static final int LOOK_MS = 20;
    /** Pause after a leader was found not to be one, or not to be there. */
    private static final int PAUSE_MS = 30;
    /** A pull that waited elsewhere for so long is not begun anew: its client would give up first. */
    private static final int OLD_PULL_MS = 12_000;

    private final GroupBroker broker;
    private final Function<String, RpcRelay> relays;
    private final BooleanSupplier standby;
    private final Parked parked = new Parked();
    private @Nullable RpcRelay relay;
    private String relayAddress = "";
    private boolean connecting;
    private long fenceUntilMs;
    private long pausedUntilMs;
    private long lastNumber;
    private boolean looking;
    private boolean givingUp;
    private boolean ended;
    private long relayed;
    private final Map<Integer, RequestHandler> handlersByCode = new HashMap<>();

    /**
     * Forwarding of a group's requests, from now on.
     *
     * @param relays makes a relay to an address, on the group's loop
     * @param standby whether clients are told of this member beside the leader, under another broker name: they then ask
     *     both for messages by key, and are to be given each message once
     */
    public Forwarding(GroupBroker broker, Function<String, RpcRelay> relays, BooleanSupplier standby) {
        this.broker = broker;
        this.relays = relays;
        this.standby = standby;
        broker.elsewhere().to(this::again);
        broker.state().listen(new BrokerListener() {
            @Override
            public void roleChanged(GroupRole role, long term) {
                // Behind the change: the group is told of it before it takes proposals.
                broker.group().execute(Forwarding.this::look);
            }
        });
    }

    /** A table that registers handlers with {@code handlers}, so that requests are forwarded where they have to be. */
    public Handlers over(Handlers handlers) {
        return new Handlers() {
            @Override
            public AutoCloseable register(int code, RequestHandler handler) {
                return handlers.register(code, forwarding(code, handler));
            }

            @Override
            public AutoCloseable replace(int code, RequestHandler handler) {
                return handlers.replace(code, forwarding(code, handler));
            }

            @Override
            public RequestHandler handlerOf(int code) {
                return handlers.handlerOf(code);
            }
        };
    }

    /**
     * Ends forwarding: what is on its way is waited for, {@value #STOP_MS} ms at most, then everything that is left is
     * answered. Nothing may arrive any more. Any thread.
     */
    public Future<Void> stop() {
        Promise<Void> stopped = Promise.promise();
        broker.group().execute(() -> stop(stopped, broker.clock().getAsLong() + STOP_MS));
        return stopped.future();
    }

    private void stop(Promise<Void> stopped, long untilMs) {
        RpcRelay current = relay;
        boolean busy = !parked.isEmpty() || (current != null && current.orderedInFlight() > 0);
        if (busy && broker.clock().getAsLong() < untilMs) {
            broker.group().schedule(LOOK_MS, () -> stop(stopped, untilMs));
            return;
        }
        ended = true;
        relay = null;
        if (current != null) {
            current.close();
        }
        parked.takeLate(Long.MAX_VALUE).forEach(held -> answerLast(held, "it was not served in time"));
        stopped.complete();
    }

    /** An answer after which the client tries again; one that cannot be read is told so, and does not keep the others waiting. */
    private void answerLast(Held held, String why) {
        if (held.request.connection().open()) {
            held.request.serve(request -> lastAnswer(held, why));
        }
    }

    private void lastAnswer(Held held, String why) {
        if (held.request.hops() > 0) {
            held.request.giveBack();
        } else if (held.way == Way.PULL) {
            long from = held.request.fields().longNumber("queueOffset", 0);
            FieldWriter nothingNew = sink -> sink.put("suggestWhichBrokerId", 0)
                    .put("nextBeginOffset", from)
                    .put("minOffset", 0)
                    .put("maxOffset", from);
            held.request.reply(ResponseCode.PULL_NOT_FOUND, why, nothingNew, null);
        } else if (held.request.code() == RequestCode.QUERY_CONSUMER_OFFSET) {
            held.request.connection().close();
        } else {
            held.request.reply(
                    ResponseCode.SERVICE_NOT_AVAILABLE, broker.group().node() + " stops: " + why);
        }
    }

    /** Requests that wait for a leader now. */
    public int waiting() {
        return parked.size();
    }

    /** Requests relayed so far. */
    public long relayed() {
        return relayed;
    }

    private RequestHandler forwarding(int code, RequestHandler handler) {
        Way way = Way.of(code);
        handlersByCode.put(code, handler);
        return way == Way.HERE ? handler : request -> take(request, handler, way);
    }

    private void take(RpcRequest taken, RequestHandler handler, Way way) {
        if (servesHere(way) || !(taken instanceof RelayableRequest request)) {
            handler.handle(taken);
            return;
        }
        if (request.hops() > 0 && !mayServeSoon()) {
            request.giveBack();
            return;
        }
        if (way == Way.SEARCH && request.hops() == 0 && standby.getAsBoolean() && leaderAddress() != null) {
            request.reply(
                    ResponseCode.QUERY_NOT_FOUND,
                    "the leader of " + broker.group().name() + " answers this");
            return;
        }
        Held held = new Held(
                this, request, handler, way, ++lastNumber, broker.clock().getAsLong());
        if (!parked.isEmpty() || !sent(held)) {
            park(held);
        }
    }

    /** Takes a request back that was being served here when leadership was lost. */
    private boolean again(RpcRequest lost) {
        RequestHandler handler = handlersByCode.get(lost.code());
        Way way = Way.of(lost.code());
        if (givingUp || handler == null || way == Way.HERE || !(lost instanceof RelayableRequest request)) {
            return false;
        }
        if (request.hops() > 0 && !mayServeSoon()) {
            request.giveBack();
        } else {
            park(new Held(
                    this, request, handler, way, ++lastNumber, broker.clock().getAsLong()));
        }
        return true;
    }

    private boolean servesHere(Way way) {
        if (!broker.state().leads()) {
            return false;
        }
        return way == Way.PULL || (parked.isEmpty() && relay == null && takesProposals());
    }

    private boolean takesProposals() {
        Refusal refusal = broker.group().refusal();
        return refusal != Refusal.TRANSFERRING && refusal != Refusal.NOT_LEADER;
    }

    /** Whether this member leads, though it may not be ready or may be handing over. */
    private boolean mayServeSoon() {
        return broker.group().node().equals(broker.group().status().leader());
    }

    /** Relays a request if there is a way; false if it must wait. */
    private boolean sent(Held held) {
        RpcRelay open = openRelay();
        if (open == null || held.request.hops() > 0) {
            return false;
        }
        if (held.way.repeatable && !held.request.oneway()) {
            held.request.keep();
        }
        if (open.relay(held.request, held.way.ordered, held.way.timeoutMs, held)) {
            relayed++;
        } else {
            refuseBusy(held);
        }
        return true;
    }

    private @Nullable RpcRelay openRelay() {
        RpcRelay current = relay;
        if (current != null && current.connected() && fenceUntilMs == 0 && relayAddress.equals(leaderAddress())) {
            return broker.clock().getAsLong() < pausedUntilMs ? null : current;
        }
        return null;
    }

    private void park(Held held) {
        if (ended) {
            answerLast(held, "the leader was not reached");
        } else if (parked.add(held)) {
            follow();
            lookSoon();
        } else {
            refuseBusy(held);
        }
    }

    private void refuseBusy(Held held) {
        if (held.request.code() == RequestCode.QUERY_CONSUMER_OFFSET) {
            held.request.connection().close(); // older clients take any code for "begin at the end"
        } else {
            held.request.reply(
                    ResponseCode.SYSTEM_BUSY, "[REJECTREQUEST]system busy: too many requests wait for the leader");
        }
    }

    /** The leader's client address; null if none is known or this member leads. */
    private @Nullable String leaderAddress() {
        GroupStatus status = broker.group().status();
        String leader = status.leader();
        if (leader == null || leader.equals(status.node())) {
            return null;
        }
        for (GroupStatus.Member member : status.members()) {
            if (member.node().equals(leader) && !member.clientAddress().isEmpty()) {
                return member.clientAddress();
            }
        }
        return null;
    }

    // ---- what becomes of relayed requests ----

    void givenBack(Held held) {
        pausedUntilMs = broker.clock().getAsLong() + PAUSE_MS;
        park(held);
    }

    void lost(Held held, String why) {
        long now = broker.clock().getAsLong();
        boolean again = held.way.repeatable && (ended || held.way != Way.PULL || now - held.arrivedMs < OLD_PULL_MS);
        if (again) {
            if (held.way == Way.PULL) {
                held.deadlineMs = now + PATIENCE_MS;
            }
            park(held);
        } else {
            held.request.reply(
                    ResponseCode.SYSTEM_ERROR,
                    "the outcome is unknown: the request was handed to the leader, and " + why
                            + "; a retry may repeat it");
        }
    }

    // ---- following the leader ----

    private void lookSoon() {
        if (!looking) {
            looking = true;
            broker.group().schedule(LOOK_MS, () -> {
                looking = false;
                look();
            });
        }
    }

    private void look() {
        if (ended) {
            return;
        }
        follow();
        settle();
        for (Held late : parked.takeLate(broker.clock().getAsLong())) {
            giveUp(late);
        }
        if (!parked.isEmpty() || fenceUntilMs != 0) {
            lookSoon();
        }
    }

    /** Lets go of a relay to a member that no longer leads, and connects to the one that does. */
    private void follow() {
        long now = broker.clock().getAsLong();
        String address = leaderAddress();
        RpcRelay current = relay;
        if (current != null && !relayAddress.equals(address) && (address != null || mayServeSoon())) {
            if (fenceUntilMs == 0) {
                fenceUntilMs = now + FENCE_MS;
            }
            if (current.orderedInFlight() > 0 && now < fenceUntilMs) {
                lookSoon();
                return;
            }
            relay = null;
            connecting = false;
            pausedUntilMs = 0;
            current.close(); // what is still there is asked again or unknown
            current = relay;
        }
        fenceUntilMs = 0;
        if (address == null || connecting || now < pausedUntilMs || (current != null && current.connected())) {
            return;
        }
        if (current == null) {
            current = relays.apply(address);
            relay = current;
            relayAddress = address;
        }
        connect(current);
    }

    private void connect(RpcRelay current) {
        connecting = true;
        current.connect().onComplete(done -> {
            if (relay == current) {
                connecting = false;
                if (done.failed()) {
                    pausedUntilMs = broker.clock().getAsLong() + PAUSE_MS;
                } else {
                    look();
                }
            }
        });
    }

    /** Serves or relays those that wait, as far as there is a way. */
    private void settle() {
        for (Held first = parked.first(); first != null; first = parked.first()) {
            if (!first.request.connection().open()) {
                parked.removeFirst();
            } else if (broker.state().leads() && relay == null && takesProposals()) {
                parked.removeFirst();
                first.request.serve(first.handler);
            } else if (first.request.hops() > 0 && !mayServeSoon()) {
                parked.removeFirst();
                first.request.giveBack();
            } else {
                RpcRelay open = openRelay();
                if (open == null || first.request.hops() > 0) {
                    return;
                }
                parked.removeFirst();
                sent(first);
            }
        }
    }

    private void giveUp(Held late) {
        if (!late.request.connection().open()) {
            return;
        }
        if (late.request.hops() > 0) {
            late.request.giveBack();
        } else {
            givingUp = true;
            late.request.serve(late.handler); // which says why not, or does what can be done without a leader
            givingUp = false;
        }
    }
}
