package io.vledger.broker.access;

import static io.vledger.broker.routing.RoutingPolicy.LOCAL;
import static io.vledger.broker.routing.RoutingPolicy.READ;
import static io.vledger.broker.routing.RoutingPolicy.WRITE;

import io.vledger.access.rights.RequestRights;
import io.vledger.access.signature.SignedBytes;
import io.vledger.access.signature.SigningKey;
import io.vledger.api.group.Group;
import io.vledger.api.rpc.CallAccess;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.routing.RequestTable;
import io.vledger.broker.state.BrokerState;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Access control of one group: its parts. Loop only. */
public final class GroupAccess {
    private static final long KEY_CHECK_MS = 5_000;

    private final Broker broker;
    private final NodeAccess access;
    private final LongSupplier clock;
    private final UserRules users;
    private final FirstUsers firstUsers;
    private final AccessProposals proposals;
    private final MemberProofs proofs;
    private final RequestGuard guard;
    private Group.Registration statusChanges = () -> {};
    private boolean stopped;

    /**
     * What it uses of a broker.
     *
     * @param group its replication
     * @param state its state
     * @param refusals answers to what cannot be proposed
     * @param workers for files
     * @param clientAddress at which clients reach this member
     */
    public record Broker(Group group, BrokerState state, Refusals refusals, ColdReads workers, String clientAddress) {}

    /** The parts of a group. */
    public GroupAccess(Broker broker, NodeAccess access, LongSupplier clock) {
        this.broker = broker;
        this.access = access;
        this.clock = clock;
        String name = broker.group().name();
        SignedBytes signed = new SignedBytes();
        users = new UserRules(name, broker.state().part(AccessState.class), access, signed);
        proposals = new AccessProposals(broker.group());
        firstUsers = new FirstUsers(broker.group(), broker.state(), access, users, proposals);
        proofs = new MemberProofs(name, access::keys);
        RequestGuard.Rules rules =
                new RequestGuard.Rules(access, new RequestRights(broker.state().cluster()), users, signed);
        guard = new RequestGuard(name, rules, new MemberRequests(access), clock);
    }

    /** Adds the requests by which users and accounts are administered. */
    public void addTo(RequestTable requests) {
        AccessState state = broker.state().part(AccessState.class);
        UserHandler user = new UserHandler(broker.group().name(), state, access, users, proposals, broker.refusals());
        requests.add(WRITE, RequestCode.AUTH_CREATE_USER, bySuperUsers(user::create));
        requests.add(WRITE, RequestCode.AUTH_UPDATE_USER, bySuperUsers(user::update));
        requests.add(WRITE, RequestCode.AUTH_DELETE_USER, bySuperUsers(user::delete));
        requests.add(READ, RequestCode.AUTH_GET_USER, bySuperUsers(user::get));
        requests.add(READ, RequestCode.AUTH_LIST_USER, bySuperUsers(user::list));

        PolicyHandler policy = new PolicyHandler(state, access, proposals, broker.refusals());
        requests.add(WRITE, RequestCode.AUTH_CREATE_ACL, bySuperUsers(policy::put));
        requests.add(WRITE, RequestCode.AUTH_UPDATE_ACL, bySuperUsers(policy::put));
        requests.add(WRITE, RequestCode.AUTH_DELETE_ACL, bySuperUsers(policy::delete));
        requests.add(READ, RequestCode.AUTH_GET_ACL, bySuperUsers(policy::get));
        requests.add(READ, RequestCode.AUTH_LIST_ACL, bySuperUsers(policy::list));

        PlainAccountHandler plain = new PlainAccountHandler(
                new PlainAccountHandler.Identity(
                        broker.state().cluster(), broker.group().name(), broker.clientAddress()),
                access,
                broker.workers(),
                clock);
        requests.add(LOCAL, RequestCode.UPDATE_AND_CREATE_ACL_CONFIG, plain::put);
        requests.add(LOCAL, RequestCode.DELETE_ACL_CONFIG, plain::delete);
        requests.add(LOCAL, RequestCode.GET_BROKER_CLUSTER_ACL_INFO, plain::version);
        requests.add(LOCAL, RequestCode.UPDATE_GLOBAL_WHITE_ADDRS_CONFIG, plain::whiteAddresses);
        requests.add(LOCAL, RequestCode.GET_BROKER_CLUSTER_ACL_CONFIG, plain::all);
    }

    /** While nothing is checked, users are administered by super users all the same: nobody plants one for the time after. */
    private RequestHandler bySuperUsers(RequestHandler handler) {
        return request -> {
            if (access.keys() != null && !access.settings().mode().checks()) {
                String name = request.fields().text(SigningKey.ACCESS_KEY);
                String disbelief =
                        name == null ? "username cannot be null." : users.disbelief(name, key -> key.verifies(request));
                if (disbelief != null || !users.isSuper(name)) {
                    throw new RequestException(
                            ResponseCode.NO_PERMISSION,
                            disbelief == null ? "User:" + name + " is no super user." : disbelief);
                }
            }
            handler.handle(request);
        };
    }

    /** What listeners serve in place of these handlers: the same ones if nothing is checked. */
    public Handlers guarded(Handlers handlers) {
        return access.settings().mode().checks() ? new GuardedHandlers(handlers, guard) : handlers;
    }

    /** Whether a call of another protocol is let in. Any thread; answered on the group's loop. */
    void check(CallAccess.Call call, Consumer<CallAccess.Verdict> answer) {
        broker.group().execute(() -> answer.accept(guard.check(call)));
    }

    /** Relays on whose connections this member shows first that it is one. */
    public static Function<String, RpcRelay> relays(
            Function<String, RpcRelay> relays, String group, NodeAccess access) {
        if (access.settings().keyFile() == null) {
            return relays;
        }
        MemberProofs proofs = new MemberProofs(group, access::keys);
        return address -> new ProvenRelay(relays.apply(address), proofs, address);
    }

    /** Registers what members say to each other, and begins to look after users. */
    public void start(Handlers handlers) {
        if (access.settings().keyFile() != null) {
            handlers.register(MemberProofs.HELLO, proofs::hello);
            handlers.register(MemberProofs.PROOF, proofs::proof);
            statusChanges = broker.group().onStatus(firstUsers::check);
            lookAtKey();
        }
    }

    /** Statuses do not tell of a key that was replaced. */
    private void lookAtKey() {
        broker.group().schedule(KEY_CHECK_MS, () -> {
            if (!stopped) {
                firstUsers.check(broker.group().status());
                lookAtKey();
            }
        });
    }

    /** Looks after users no more. Any thread. */
    public void stop() {
        statusChanges.close();
        broker.group().execute(() -> stopped = true);
    }

    /** Requests refused since the start. Any thread. */
    public long refusals() {
        return guard.refusals();
    }
}
