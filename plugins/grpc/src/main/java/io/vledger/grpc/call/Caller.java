package io.vledger.grpc.call;

import io.vledger.api.rpc.CallSignature;
import org.jspecify.annotations.Nullable;

/**
 * Who made a call.
 *
 * @param user who has proved to be it; empty for nobody
 * @param signature what brokers are shown of it; null for nothing
 */
public record Caller(String user, @Nullable CallSignature signature) {
    /** Somebody, where nothing is checked. */
    public static final Caller ANYBODY = new Caller("", null);
}
