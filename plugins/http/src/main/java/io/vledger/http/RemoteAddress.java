package io.vledger.http;

import io.netty.util.NetUtil;
import io.vertx.core.http.HttpConnection;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** The address at the other end of a connection. */
final class RemoteAddress {
    private RemoteAddress() {}

    /** The address; null if it is not known. */
    static @Nullable InetAddress of(HttpConnection connection) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(
                String.valueOf(connection.remoteAddress().hostAddress()));
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
