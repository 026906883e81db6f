package io.vledger.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request, as far as its connection and headers show.
 *
 * @param remote address of the other side; null if it is not known
 * @param local the address that was connected to; null if it is not known
 * @param host the {@code Host} header
 * @param origin the {@code Origin} header, which browsers send
 * @param fetchSite the {@code Sec-Fetch-Site} header, which browsers send
 * @param contentType the {@code Content-Type} header
 * @param authorization the {@code Authorization} header
 * @param proxied whether a proxy says that it passes the request on for another client
 */
record Caller(
        @Nullable String remote,
        @Nullable String local,
        @Nullable String host,
        @Nullable String origin,
        @Nullable String fetchSite,
        @Nullable String contentType,
        @Nullable String authorization,
        boolean proxied) {

    /** What proxies add to what they pass on. */
    private static final List<String> PROXY_HEADERS =
            List.of("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP");

    static Caller of(HttpServerRequest request) {
        return new Caller(
                address(request.remoteAddress()),
                address(request.localAddress()),
                request.getHeader("Host"),
                request.getHeader("Origin"),
                request.getHeader("Sec-Fetch-Site"),
                request.getHeader("Content-Type"),
                request.getHeader("Authorization"),
                PROXY_HEADERS.stream().anyMatch(name -> request.getHeader(name) != null));
    }

    private static @Nullable String address(@Nullable SocketAddress address) {
        return address == null ? null : address.hostAddress();
    }

    @Override
    public String toString() {
        return "caller at " + remote;
    }
}
