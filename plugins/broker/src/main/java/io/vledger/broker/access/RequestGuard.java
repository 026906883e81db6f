package io.vledger.broker.access;

import io.vledger.access.plain.PlainAccount;
import io.vledger.access.plain.PlainRules;
import io.vledger.access.rights.Action;
import io.vledger.access.rights.Need;
import io.vledger.access.rights.RequestRights;
import io.vledger.access.signature.SignedBytes;
import io.vledger.access.signature.SigningKey;
import io.vledger.api.metrics.Tally;
import io.vledger.api.rpc.CallAccess;
import io.vledger.api.rpc.CallSignature;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out who sent each request, and serves it only if the sender has the right: by ACL 1.0 or by RocketMQ 5's users. What another member relays is
 * believed if the connection is a member's, and nothing else is taken from there. Loop only.
 */
final class RequestGuard {
    private static final Logger LOG = LoggerFactory.getLogger(RequestGuard.class);
    private static final long LOG_MS = 60_000;
    /** Who is let in by address, or without having to name a user. */
    private static final String NOBODY = "";
    /** Of calls of other protocols. */
    private static final int NO_CODE = -1;

    private final String group;
    private final NodeAccess access;
    private final RequestRights rights;
    private final UserRules users;
    private final SignedBytes signed;
    private final MemberRequests members;
    private final LongSupplier clock;
    private final Map<String, SigningKey> plainKeys = new HashMap<>();
    private PlainRules plainRules = PlainRules.NOBODY;
    private final List<Need> needs = new ArrayList<>();
    private final Tally refusals = new Tally();
    private long loggedMs = Long.MIN_VALUE / 2;

    /**
     * By what requests are judged.
     *
     * @param signed where what accounts sign is gathered
     */
    record Rules(NodeAccess access, RequestRights rights, UserRules users, SignedBytes signed) {}

    /** The guard of a group. */
    RequestGuard(String group, Rules rules, MemberRequests members, LongSupplier clock) {
        this.group = group;
        this.access = rules.access();
        this.rights = rules.rights();
        this.users = rules.users();
        this.signed = rules.signed();
        this.members = members;
        this.clock = clock;
    }

    /** Serves a request if its sender may send it. */
    void serve(RpcRequest received, RequestHandler handler) {
        if (!(received instanceof RelayableRequest request)) {
            throw new IllegalStateException("a request of another kind of server: " + received.getClass());
        }
        if (MemberProofs.owns(request.code()) && request.hops() == 0) {
            handler.handle(request);
            return;
        }
        if (request.hops() > 0 && !MemberProofs.proven(request.carrier())) {
            refused(request, "it was relayed by somebody who has not shown to be a member");
            request.giveBack();
            request.carrier().close();
            return;
        }
        Checked checked = check(request);
        request.identify(checked.user()); // also of who is refused, for the audit log
        String refusal = checked.refusal();
        if (refusal != null) {
            refused(request, refusal);
            throw new RequestException(
                    access.settings().mode().plain() ? ResponseCode.SYSTEM_ERROR : ResponseCode.NO_PERMISSION, refusal);
        }
        handler.handle(request);
    }

    /**
     * What was found out about a request.
     *
     * @param user who has proved to be its sender
     * @param refusal why it is not served; null if it is
     */
    private record Checked(String user, @Nullable String refusal) {}

    /**
     * Who the sender claims to be.
     *
     * @param name empty if the request names nobody
     * @param believed whether another member found it out
     * @param signed whether it was signed with a key
     */
    private record Claim(String name, boolean believed, InetAddress from, Predicate<SigningKey> signed) {}

    private Checked check(RelayableRequest request) {
        String relayed = request.hops() > 0 ? request.identity() : null;
        String claimed = relayed == null ? request.fields().text(SigningKey.ACCESS_KEY) : relayed;
        if (MemberRequests.NAME.equals(claimed)) {
            return new Checked(
                    MemberRequests.NAME,
                    relayed != null || members.verifies(request) ? null : "check signature failed.");
        }
        Claim claim =
                new Claim(claimed == null ? NOBODY : claimed, relayed != null, address(request), signature(request));
        return access.settings().mode().plain()
                ? checkPlain(claim, request)
                : checkUser(claim, request.code(), request);
    }

    /**
     * Clients of other protocols sign no request: their signature of a text counts if a plugin of this process has brought it, or another
     * member that looks at nothing yet.
     */
    private static Predicate<SigningKey> signature(RelayableRequest request) {
        boolean brought = request.hops() > 0 || request.carrier().inProcess();
        String text = brought ? request.fields().text(CallSignature.CONTENT) : null;
        String signature = text == null ? null : request.fields().text(CallSignature.SIGNATURE);
        return text == null || signature == null ? key -> key.verifies(request) : key -> key.signed(text, signature);
    }

    /** Whether a call of another protocol is let in. */
    CallAccess.Verdict check(CallAccess.Call call) {
        CallSignature given = call.signature();
        Claim claim = new Claim(
                given == null ? NOBODY : given.user(),
                false,
                call.from(),
                key -> given != null && key.signed(given.content(), given.signature()));
        needs.clear();
        call.wanted().forEach(wanted -> needs.add(need(wanted)));
        Checked checked = access.settings().mode().plain() ? checkPlain(claim, null) : checkUser(claim, NO_CODE, null);
        String refusal = checked.refusal();
        if (refusal != null) {
            refused("a call from " + call.from().getHostAddress(), refusal);
        }
        return new CallAccess.Verdict(checked.user(), refusal);
    }

    private static Need need(CallAccess.Wanted wanted) {
        return switch (wanted.use()) {
            case PUBLISH -> Need.topic(wanted.name(), Set.of(Action.PUB));
            case CONSUME -> Need.topic(wanted.name(), Set.of(Action.SUB));
            case PUBLISH_OR_CONSUME -> Need.topic(wanted.name(), Set.of(Action.PUB, Action.SUB));
            case CONSUME_AS -> Need.group(wanted.name(), Set.of(Action.SUB));
        };
    }

    /** @param request whose needs are to be found; null if they are known */
    private Checked checkUser(Claim claim, int code, @Nullable RpcRequest request) {
        AccessSettings settings = access.settings();
        String name = claim.name();
        String user = name;
        if (!claim.believed()) {
            String disbelief = name.isEmpty() ? "username cannot be null." : users.disbelief(name, claim.signed());
            if (disbelief != null && !isAmong(settings.unsigned(), code)) {
                return new Checked(NOBODY, disbelief);
            }
            user = disbelief == null ? name : NOBODY;
        }
        if (!settings.mode().authorization() || isAmong(settings.unchecked(), code)) {
            return new Checked(user, null);
        }
        String unreadable = user.isEmpty() ? null : findNeeds(request);
        if (unreadable != null) {
            return new Checked(user, unreadable);
        }
        return new Checked(
                user, user.isEmpty() ? "The request has no subject." : users.refusal(user, needs, claim.from()));
    }

    /** Mostly there are none. */
    private static boolean isAmong(Set<Integer> codes, int code) {
        return !codes.isEmpty() && codes.contains(code);
    }

    private Checked checkPlain(Claim claim, @Nullable RpcRequest request) {
        PlainRules rules = rules();
        InetAddress from = claim.from();
        String name = claim.name();
        if (rules.letsIn(from)) {
            return new Checked(NOBODY, null);
        }
        if (name.isEmpty()) {
            return new Checked(NOBODY, "No accessKey is configured");
        }
        PlainAccount account = rules.account(name);
        if (account == null) {
            return new Checked(NOBODY, "No acl config for " + name);
        }
        if (rules.letsIn(name, from)) {
            return new Checked(name, null);
        }
        if (!claim.believed() && !claim.signed().test(plainKey(account))) {
            return new Checked(NOBODY, "Check signature failed for accessKey=" + name);
        }
        String unreadable = findNeeds(request);
        return new Checked(name, unreadable == null ? rules.refusal(account, needs) : unreadable);
    }

    /** Those of this moment; keys of accounts that are no longer in the files are not kept. */
    @SuppressWarnings("ReferenceEquality")
    private PlainRules rules() {
        PlainRules now = access.rules();
        if (now != plainRules) {
            plainRules = now;
            plainKeys.clear();
        }
        return now;
    }

    private SigningKey plainKey(PlainAccount account) {
        return plainKeys.computeIfAbsent(account.accessKey(), name -> new SigningKey(account.secretKey(), signed));
    }

    /** Whether what a request needs cannot be found out, and why; else it is in {@link #needs}. */
    private @Nullable String findNeeds(@Nullable RpcRequest request) {
        if (request == null) {
            return null;
        }
        needs.clear();
        try {
            rights.of(request.code()).finder().find(request, needs);
            return null;
        } catch (JsonException unreadable) {
            return "parse authorization context error.";
        }
    }

    private static InetAddress address(RpcRequest request) {
        return request.connection().remote().getAddress();
    }

    private void refused(RpcRequest request, String why) {
        refused("with code " + request.code() + " from " + request.connection().remote(), why);
    }

    private void refused(String what, String why) {
        refusals.increment();
        long now = clock.getAsLong();
        if (now - loggedMs >= LOG_MS) {
            loggedMs = now;
            LOG.warn(
                    "group {}: {} requests refused since the start, the last one {}: {}",
                    group,
                    refusals.get(),
                    what,
                    printable(why));
        }
    }

    /** A reason may have a name in it that a stranger chose. */
    private static String printable(String text) {
        String shown = text.length() > 200 ? text.substring(0, 200) : text;
        return shown.replaceAll("\\p{Cntrl}", "?");
    }

    /** Requests refused since the start. Any thread. */
    long refusals() {
        return refusals.get();
    }
}
