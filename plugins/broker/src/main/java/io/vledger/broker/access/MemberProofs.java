package io.vledger.broker.access;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vledger.access.key.AccessKeys;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.protocol.ResponseCode;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a member shows another one, on the connection over which it relays requests, that it knows the key; and the other to it. Nothing that
 * was said on one connection helps on another: both sides choose a number. Loop only.
 *
 * <pre>
 * hello   request {@value #HELLO}, body: int key, {@value #NONCE_BYTES} bytes nonce    answer: nonce, proof of the acceptor
 * proof   request {@value #PROOF}, body: proof of the dialler              answer: nothing
 * proof   HMAC-SHA256 with a key that follows from the shared one, of: side, name of the group, dialler's nonce, acceptor's nonce
 * </pre>
 */
final class MemberProofs {
    static final int HELLO = 30_510;
    static final int PROOF = 30_511;
    private static final int NONCE_BYTES = 32;
    private static final int PROOF_BYTES = 32;
    private static final int TIMEOUT_MS = 2_000;
    private static final String ACCEPTOR = "acceptor ";
    private static final String DIALLER = "dialler ";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String group;
    private final Supplier<@Nullable AccessKeys> keys;

    /** For the members of one group. */
    MemberProofs(String group, Supplier<@Nullable AccessKeys> keys) {
        this.group = group;
        this.keys = keys;
    }

    /** On a connection: the other side has received a nonce. */
    private record Challenged(int keyId, byte[] dialler, byte[] acceptor) {}

    /** On a connection: the other side is a member. */
    private record Proven() {}

    /** Whether the other side of a connection has shown that it is a member. */
    static boolean proven(RpcConnection connection) {
        return connection.attachment() instanceof Proven;
    }

    /** Whether a request is about this, and so needs no identity. */
    static boolean owns(int code) {
        return code == HELLO || code == PROOF;
    }

    /** The acceptor's answer to a hello. */
    void hello(RpcRequest request) {
        ByteBuf body = request.body();
        AccessKeys known = keys.get();
        RpcConnection connection = request.connection();
        Object before = connection.attachment();
        boolean fresh = before == null || before instanceof Challenged || before instanceof Proven;
        if (known == null || body.readableBytes() != Integer.BYTES + NONCE_BYTES || !fresh) {
            throw refused();
        }
        int keyId = body.getInt(body.readerIndex());
        byte[] dialler = ByteBufUtil.getBytes(body, body.readerIndex() + Integer.BYTES, NONCE_BYTES);
        byte[] acceptor = nonce();
        byte[] proof = known.prove(keyId, content(ACCEPTOR, dialler, acceptor));
        if (proof == null) {
            throw refused();
        }
        connection.attach(new Challenged(keyId, dialler, acceptor));
        request.reply(ResponseCode.SUCCESS, null, FieldWriter.NONE, Unpooled.wrappedBuffer(acceptor, proof));
    }

    /** The acceptor's answer to the dialler's proof. */
    void proof(RpcRequest request) {
        AccessKeys known = keys.get();
        RpcConnection connection = request.connection();
        if (known == null || !(connection.attachment() instanceof Challenged challenged)) {
            throw refused();
        }
        byte[] content = content(DIALLER, challenged.dialler(), challenged.acceptor());
        connection.attach(null);
        if (!known.proves(challenged.keyId(), content, ByteBufUtil.getBytes(request.body()))) {
            throw refused();
        }
        connection.attach(new Proven());
        request.reply(ResponseCode.SUCCESS, null);
    }

    private static RequestException refused() {
        return new RequestException(
                ResponseCode.NO_PERMISSION,
                "not a member with the key of access control that this one has; compare access.keyFile of both");
    }

    private byte[] content(String side, byte[] dialler, byte[] acceptor) {
        ByteBuf content = Unpooled.buffer();
        content.writeCharSequence(side + group + " ", StandardCharsets.UTF_8);
        return ByteBufUtil.getBytes(content.writeBytes(dialler).writeBytes(acceptor));
    }

    private static byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    /** The dialler's part, on a new connection. Fails with why the other side is not believed, or does not believe. */
    Future<Void> prove(RpcRelay relay) {
        AccessKeys known = keys.get();
        if (known == null) {
            return Future.succeededFuture();
        }
        int keyId = known.firstId();
        byte[] dialler = nonce();
        ByteBuf hello = Unpooled.buffer().writeInt(keyId).writeBytes(dialler);
        return relay.call(HELLO, FieldWriter.NONE, ByteBufUtil.getBytes(hello), TIMEOUT_MS)
                .compose(answer -> {
                    if (answer.code() == ResponseCode.REQUEST_CODE_NOT_SUPPORTED) {
                        return Future.succeededFuture(); // a member without a key asks for no proof
                    }
                    byte[] proof = answer.code() == ResponseCode.SUCCESS ? answer(known, dialler, answer) : null;
                    return proof == null
                            ? Future.failedFuture("the other member has another key of access control; compare"
                                    + " access.keyFile of both")
                            : relay.call(PROOF, FieldWriter.NONE, proof, TIMEOUT_MS)
                                    .compose(last -> last.code() == ResponseCode.SUCCESS
                                            ? Future.succeededFuture()
                                            : Future.failedFuture(String.valueOf(last.remark())));
                });
    }

    private byte @Nullable [] answer(AccessKeys known, byte[] dialler, RpcAnswer answer) {
        byte[] body = answer.body();
        if (body.length != NONCE_BYTES + PROOF_BYTES) {
            return null;
        }
        byte[] acceptor = Arrays.copyOf(body, NONCE_BYTES);
        byte[] proof = Arrays.copyOfRange(body, NONCE_BYTES, body.length);
        int keyId = known.firstId();
        return known.proves(keyId, content(ACCEPTOR, dialler, acceptor), proof)
                ? known.prove(keyId, content(DIALLER, dialler, acceptor))
                : null;
    }
}
