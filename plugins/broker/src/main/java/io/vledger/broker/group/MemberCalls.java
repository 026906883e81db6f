package io.vledger.broker.group;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.group.Group;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.protocol.ResponseCode;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets members tell each other's calls from those of clients, which come over the same port: a call names its sender and a random number, and who
 * gets it asks that member over the group's own connections whether the call is its own. So nobody calls in the name of a member who cannot
 * speak on its Raft port. Loop only, but for {@link #confirm}.
 */
public final class MemberCalls {
    private static final String MEMBER = "vledgerMember";
    private static final String CALL = "vledgerCall";
    private static final int NUMBER_BYTES = 16;
    private static final int CONFIRM_MS = 2_000;
    /** Bound of calls that wait for their confirmation: strangers may make any number of them. */
    private static final int MAX_WAITING = 256;

    private final Group group;
    private final PeerChannel channel;
    private final SecureRandom random = new SecureRandom();
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
    private int waiting;

    /** A call of this member. */
    record Call(String number, FieldWriter fields) {}

    /** The calls of a member. */
    public MemberCalls(Group group, PeerChannel channel) {
        this.group = group;
        this.channel = channel;
    }

    /** Confirms calls of this member from now on. */
    public PeerChannel.Registration start() {
        return channel.serve(this::confirm);
    }

    /** Begins a call with these fields; {@link #end} must follow. */
    Call begin(FieldWriter fields) {
        byte[] number = new byte[NUMBER_BYTES];
        random.nextBytes(number);
        String text = HexFormat.of().formatHex(number);
        underWay.add(text);
        return new Call(text, sink -> {
            fields.writeTo(sink);
            sink.put(MEMBER, group.node()).put(CALL, text);
        });
    }

    /** Ends a call, which nobody can confirm any more. */
    void end(Call call) {
        underWay.remove(call.number());
    }

    private Future<Buffer> confirm(Buffer number) {
        boolean own = underWay.remove(number.toString(StandardCharsets.UTF_8));
        return Future.succeededFuture(Buffer.buffer(new byte[] {(byte) (own ? 1 : 0)}));
    }

    /** A handler for calls of members alone: all others are answered as a request that no handler is for. */
    public RequestHandler only(RequestHandler handler) {
        return request -> {
            String member = request.fields().text(MEMBER);
            String number = request.fields().text(CALL);
            if (member == null || number == null || !plausible(member, number)) {
                refuse(request);
                return;
            }
            request.detach();
            waiting++;
            channel.request(member, Buffer.buffer(number, StandardCharsets.UTF_8.name()), CONFIRM_MS)
                    .map(answer -> answer.length() == 1 && answer.getByte(0) == 1)
                    .otherwise(false)
                    .onSuccess(own -> group.execute(() -> {
                        waiting--;
                        if (own) {
                            serve(request, handler);
                        } else {
                            refuse(request);
                        }
                    }));
        };
    }

    private boolean plausible(String member, String number) {
        return number.length() == 2 * NUMBER_BYTES
                && waiting < MAX_WAITING
                && !member.equals(group.node())
                && group.status().members().stream()
                        .anyMatch(each -> each.node().equals(member));
    }

    private static void serve(RpcRequest request, RequestHandler handler) {
        try {
            handler.handle(request);
        } catch (RequestException refused) {
            request.reply(refused.code(), refused.getMessage());
        }
    }

    private static void refuse(RpcRequest request) {
        request.reply(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, " request type " + request.code() + " not supported");
    }

    /** The fields of a call without what confirms it. */
    public static Map<String, String> fieldsOf(Fields fields) {
        Map<String, String> own = new TreeMap<>();
        fields.forEach(own::put);
        own.remove(MEMBER);
        own.remove(CALL);
        return own;
    }
}
