package io.vledger.grpc.wire;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;
import io.vledger.api.net.WarningRate;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * In front of the gRPC server, which keeps what has come of a message until all of it is there, for each call by itself and before anybody has
 * looked at who sends it. Here all calls together have a bound: where it is passed, the message that began first and is still not whole gives
 * way, so that calls that are left unfinished on purpose make room for those that proceed. Loop only.
 */
public final class UnfinishedMessages implements Handler<HttpServerRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(UnfinishedMessages.class);

    /** Before each message: a byte for the compression, and the length, four bytes, big-endian. */
    private static final int PREFIX_BYTES = 5;
    /** HTTP/2's error code for a peer that burdens the other (RFC 9113, section 7). */
    private static final long ENHANCE_YOUR_CALM = 0xb;

    private final Handler<HttpServerRequest> server;
    private final long mostBytes;
    private final WarningRate warnings = new WarningRate();
    /** In the order in which their messages began. */
    private final Set<Call> unfinished = new LinkedHashSet<>();

    private final AtomicLong heldBytes = new AtomicLong();

    /**
     * Before a server.
     *
     * @param mostBytes what parts of messages may take together
     */
    public UnfinishedMessages(Handler<HttpServerRequest> server, long mostBytes) {
        this.server = server;
        this.mostBytes = mostBytes;
    }

    @Override
    public void handle(HttpServerRequest request) {
        Call call = new Call((HttpServerRequestInternal) request);
        request.end().onComplete(ended -> call.keeps(0));
        server.handle(call);
    }

    /** What parts of messages take at the moment, bytes. Any thread. */
    long heldBytes() {
        return heldBytes.get();
    }

    private final class Call extends HttpServerRequestWrapper {
        private int prefix;
        private long length;
        /** Of the message at hand, what has not come. */
        private long missing;
        /** Of the message at hand, what has come. */
        private long held;

        private boolean gaveWay;

        Call(HttpServerRequestInternal request) {
            super(request);
        }

        @Override
        public HttpServerRequest handler(@Nullable Handler<Buffer> next) {
            super.handler(
                    next == null
                            ? null
                            : part -> {
                                keeps(heldAfter(part));
                                if (!gaveWay) {
                                    next.handle(part);
                                }
                            });
            return this;
        }

        private long heldAfter(Buffer part) {
            int at = 0;
            while (at < part.length()) {
                if (missing == 0) {
                    int value = part.getUnsignedByte(at++);
                    length = prefix == 0 ? 0 : length << 8 | value;
                    if (++prefix == PREFIX_BYTES) {
                        prefix = 0;
                        missing = length;
                    }
                } else {
                    int taken = (int) Math.min(missing, part.length() - at);
                    at += taken;
                    missing -= taken;
                }
            }
            return missing == 0 ? prefix : PREFIX_BYTES + length - missing;
        }

        /** From now on so much of a message waits here for the rest of it; if that is too much in all, the oldest give way. */
        private void keeps(long bytes) {
            if (gaveWay || bytes == held) {
                return;
            }
            heldBytes.addAndGet(bytes - held);
            held = bytes;
            if (bytes == 0) {
                unfinished.remove(this);
                return;
            }
            unfinished.add(this);
            while (heldBytes.get() > mostBytes) {
                unfinished.iterator().next().giveWay();
            }
        }

        private void giveWay() {
            if (warnings.admits()) {
                LOG.warn(
                        "resetting a gRPC call from {}, of whose message {} of {} bytes have come: unfinished messages of all calls take more than {} bytes",
                        remoteAddress(),
                        held,
                        length + PREFIX_BYTES,
                        mostBytes);
            }
            keeps(0);
            gaveWay = true;
            var unused = response().reset(ENHANCE_YOUR_CALM);
        }
    }
}
