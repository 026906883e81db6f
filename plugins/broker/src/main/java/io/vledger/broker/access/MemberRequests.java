package io.vledger.broker.access;

import io.vledger.access.key.AccessKeys;
import io.vledger.access.signature.SigningKey;
import io.vledger.api.rpc.FieldSnapshot;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestSigner;
import io.vledger.api.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests of members in their own name: signed as clients sign, under a name that no user can have, with a secret that follows from the
 * key. Signs on any thread; verifies on one.
 */
public final class MemberRequests implements RequestSigner {
    /** The name; a user of it cannot be made. */
    static final String NAME = "vledger\u0000member";

    private final Supplier<@Nullable AccessKeys> keys;
    private @Nullable AccessKeys verifying;
    private List<SigningKey> accepted = List.of();

    /** By the node's key. */
    public MemberRequests(NodeAccess access) {
        this.keys = access::keys;
    }

    /** Whether the request is a member's. */
    boolean verifies(RpcRequest request) {
        AccessKeys now = keys.get();
        if (now == null) {
            return false;
        }
        if (now != verifying) {
            List<SigningKey> fresh = new ArrayList<>();
            now.signing().forEach(secret -> fresh.add(new SigningKey(secret)));
            accepted = fresh;
            verifying = now;
        }
        return accepted.stream().anyMatch(key -> key.verifies(request));
    }

    @Override
    public FieldWriter sign(FieldWriter fields, byte @Nullable [] body) {
        AccessKeys now = keys.get();
        if (now == null) {
            return fields;
        }
        SortedMap<String, String> signed = new TreeMap<>(FieldSnapshot.values(fields));
        signed.put(SigningKey.ACCESS_KEY, NAME);
        signed.put(SigningKey.SIGNATURE, new SigningKey(now.signing().get(0)).sign(signed, body));
        return sink -> signed.forEach(sink::put);
    }
}
