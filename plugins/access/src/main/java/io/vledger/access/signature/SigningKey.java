package io.vledger.access.signature;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.CallSignature;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RpcRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SortedMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The secret of one user, by which requests are signed and signatures verified: Base64 of the HMAC-SHA1 of the values of all header
 * fields but {@value #SIGNATURE}, in the order of their keys, and the body (RocketMQ's {@code AclClientRPCHook}). One thread.
 */
public final class SigningKey {
    /** Field with the user's name. */
    public static final String ACCESS_KEY = CallSignature.USER;
    /** Field with the signature. */
    public static final String SIGNATURE = CallSignature.SIGNATURE;
    /** Field that clients add after they have signed, or before, depending on their release. */
    private static final String UNIQUE_KEY_QUERY = "_UNIQUE_KEY_QUERY";

    private static final String ALGORITHM = "HmacSHA1";
    private static final List<String> UNSIGNED = List.of(SIGNATURE);
    private static final List<String> UNSIGNED_IN_QUERIES = List.of(SIGNATURE, UNIQUE_KEY_QUERY);
    /** 20 bytes in Base64. */
    private static final int SIGNATURE_CHARACTERS = 28;

    private static final int KEPT_BYTES = 512;
    private static final int MAX_KEPT_BYTES = 16 << 10;

    private final Mac mac;
    private ByteBuf scratch = Unpooled.buffer(KEPT_BYTES);

    /** A key; the text's UTF-8 bytes are the secret, and it has at least one. */
    public SigningKey(String secret) {
        try {
            mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
        } catch (GeneralSecurityException impossible) { // every JDK has it
            throw new IllegalStateException(impossible);
        }
    }

    /** Whether the request has this key's signature. Takes the same time for every wrong one. */
    public boolean verifies(RpcRequest request) {
        Fields fields = request.fields();
        scratch.clear();
        if (fields.copyUtf8(SIGNATURE, scratch) != SIGNATURE_CHARACTERS) {
            giveUpMemory();
            return false;
        }
        byte[] given = Arrays.copyOfRange(
                scratch.array(), scratch.arrayOffset(), scratch.arrayOffset() + SIGNATURE_CHARACTERS);
        ByteBuf body = request.body();
        return MessageDigest.isEqual(given, sign(fields, UNSIGNED, body))
                || (fields.text(UNIQUE_KEY_QUERY) != null
                        && MessageDigest.isEqual(given, sign(fields, UNSIGNED_IN_QUERIES, body)));
    }

    /** Whether this is the key's signature of a text. Takes the same time for every wrong one. */
    public boolean signed(String text, String signature) {
        mac.update(text.getBytes(StandardCharsets.UTF_8));
        return MessageDigest.isEqual(
                signature.getBytes(StandardCharsets.UTF_8), Base64.getEncoder().encode(mac.doFinal()));
    }

    /**
     * The signature of a request.
     *
     * @param fields all header fields, without the signature
     */
    public String sign(SortedMap<String, String> fields, byte @Nullable [] body) {
        fields.values().forEach(value -> mac.update(value.getBytes(StandardCharsets.UTF_8)));
        if (body != null) {
            mac.update(body);
        }
        return Base64.getEncoder().encodeToString(mac.doFinal());
    }

    private byte[] sign(Fields fields, List<String> unsigned, ByteBuf body) {
        scratch.clear();
        fields.copySortedUtf8(unsigned, scratch);
        mac.update(scratch.array(), scratch.arrayOffset(), scratch.readableBytes());
        giveUpMemory();
        if (body.hasArray()) {
            mac.update(body.array(), body.arrayOffset() + body.readerIndex(), body.readableBytes());
        } else if (body.isReadable()) {
            mac.update(body.nioBuffer());
        }
        return Base64.getEncoder().encode(mac.doFinal());
    }

    /** Each user has a key, and a stranger may send long headers in the name of each. */
    private void giveUpMemory() {
        if (scratch.capacity() > MAX_KEPT_BYTES) {
            scratch = Unpooled.buffer(KEPT_BYTES);
        }
    }
}
