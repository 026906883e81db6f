package io.vledger.access.signature;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.CallSignature;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RpcRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
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

    private final Mac mac;
    private final SignedBytes signed;
    private final byte[] given = new byte[SIGNATURE_CHARACTERS];
    private final byte[] own = new byte[SIGNATURE_CHARACTERS];

    /** A key; the text's UTF-8 bytes are the secret, and it has at least one. */
    public SigningKey(String secret) {
        this(secret, new SignedBytes());
    }

    /**
     * A key as the other one.
     *
     * @param signed where what is signed is gathered; keys of one thread may share it
     */
    public SigningKey(String secret, SignedBytes signed) {
        this.signed = signed;
        this.mac = begun(secret);
    }

    private static Mac begun(String secret) {
        try {
            Mac begun = Mac.getInstance(ALGORITHM);
            begun.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            return begun;
        } catch (GeneralSecurityException impossible) { // every JDK has it
            throw new IllegalStateException("this Java has no HMAC-SHA1", impossible);
        }
    }

    /** Whether the request has this key's signature. Takes the same time for every wrong one. */
    public boolean verifies(RpcRequest request) {
        Fields fields = request.fields();
        if (!signed.signature(fields, SIGNATURE, given)) {
            return false;
        }
        ByteBuf body = request.body();
        return matches(fields, UNSIGNED, body)
                || (fields.text(UNIQUE_KEY_QUERY) != null && matches(fields, UNSIGNED_IN_QUERIES, body));
    }

    private boolean matches(Fields fields, List<String> unsigned, ByteBuf body) {
        signed.update(mac, fields, unsigned, body);
        Base64.getEncoder().encode(mac.doFinal(), own);
        return MessageDigest.isEqual(given, own);
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
}
