package io.vledger.grpc.call;

import apache.rocketmq.v2.Code;
import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is known about the client of a call.
 *
 * @param clientId the id that the client gave itself; not blank
 * @param language its language, such as {@code JAVA}; empty if it did not say
 * @param clientVersion version of its library, such as {@code 5.2.0}; empty if it did not say
 * @param remote its address
 * @param remainingMs how long it waits for the answer; {@link Long#MAX_VALUE} if it did not say
 * @param caller who it is, as access control has found out
 */
public record CallContext(
        String clientId,
        String language,
        String clientVersion,
        InetSocketAddress remote,
        long remainingMs,
        Caller caller) {
    /** Name of the metadata that hold the client's id. */
    public static final String CLIENT_ID = "x-mq-client-id";

    private static final InetSocketAddress UNKNOWN = InetSocketAddress.createUnresolved("unknown", 0);
    private static final int MAX_ID_LENGTH = 1024;

    /**
     * Reads the metadata of a call.
     *
     * @param timeoutMs the call's timeout, or 0 if it has none
     * @param caller who it is
     * @throws StatusException if they do not name the client
     */
    public static CallContext of(MultiMap metadata, @Nullable SocketAddress address, long timeoutMs, Caller caller) {
        String id = text(metadata, CLIENT_ID);
        if (id.isBlank() || id.length() > MAX_ID_LENGTH) {
            throw new StatusException(Code.CLIENT_ID_REQUIRED, "client id cannot be empty");
        }
        return new CallContext(
                id,
                text(metadata, "x-mq-language"),
                text(metadata, "x-mq-client-version"),
                address(address),
                timeoutMs > 0 ? timeoutMs : Long.MAX_VALUE,
                caller);
    }

    /** The address of a client; unresolved if it is not known. */
    static InetSocketAddress address(@Nullable SocketAddress address) {
        return address == null || !address.isInetSocket()
                ? UNKNOWN
                : new InetSocketAddress(address.hostAddress(), address.port());
    }

    private static String text(MultiMap metadata, String name) {
        String value = metadata.get(name);
        return value == null ? "" : value;
    }
}
