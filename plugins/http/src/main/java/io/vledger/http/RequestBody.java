package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** Takes the body of one request in, up to a bound. */
final class RequestBody {
    private final long bound;
    private final Promise<Buffer> whole = Promise.promise();
    private final Buffer received = Buffer.buffer();

    private RequestBody(long bound) {
        this.bound = bound;
    }

    /** Whether a request says that it has a body. */
    static boolean isIn(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null || (length != null && !length.equals("0"));
    }

    /**
     * Reads it. To be called before the request's handler returns. Fails with an {@link ApiException} if it is too long, or not
     * whole within {@code patienceMs}, however it trickles.
     */
    static Future<Buffer> read(Vertx vertx, HttpServerRequest request, long bound, long patienceMs) {
        RequestBody body = new RequestBody(bound);
        if (declared(request.getHeader(HttpHeaders.CONTENT_LENGTH)) > bound) {
            return Future.failedFuture(body.tooLong());
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        long timer = vertx.setTimer(
                patienceMs,
                unused -> body.whole.tryFail(new ApiException(
                        Response.TIMEOUT,
                        "the body was not complete within " + patienceMs + " ms",
                        "send it faster, or copy a plugin's jar into the plugin directory")));
        body.whole.future().onComplete(done -> vertx.cancelTimer(timer));
        request.handler(body::take);
        request.exceptionHandler(body.whole::tryFail);
        request.endHandler(unused -> body.whole.tryComplete(body.received));
        return body.whole.future();
    }

    private void take(Buffer part) {
        if (whole.future().isComplete()) {
            return;
        }
        if (received.length() + (long) part.length() > bound) {
            whole.tryFail(tooLong());
        } else {
            received.appendBuffer(part);
        }
    }

    private ApiException tooLong() {
        return new ApiException(
                Response.TOO_LARGE, "the body is larger than " + bound + " bytes", "that is the limit of this path");
    }

    private static long declared(@Nullable String length) {
        try {
            return length == null ? 0 : Long.parseLong(length.trim());
        } catch (NumberFormatException notALength) {
            return 0;
        }
    }
}
