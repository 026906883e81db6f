package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.audit.AuditEvent;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.net.FailureDelays;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the endpoint of a request by its path, asks the guard where it would change something, and writes the answer.
 *
 * <p>Routes are added before the server listens; everything else runs on the plugin's loop.
 */
final class Router implements Handler<HttpServerRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);
    /** Answered within this, or answered with 202; below the time after which an idle connection is closed. */
    private static final long PATIENCE_MS = 25_000;
    /** Of bodies that may be larger only one is taken in at a time. */
    private static final long LARGE_BYTES = 1 << 20;

    private final Vertx vertx;
    private final AccessGuard guard;
    private final HttpLimits limits;
    private final FailureDelays failures = new FailureDelays();
    private final AuditLog audit;
    private final List<Route> routes = new ArrayList<>();
    private final Set<Exchange> open = new HashSet<>();
    private boolean largeBody;

    Router(Vertx vertx, AccessGuard guard, HttpLimits limits, AuditLog audit) {
        this.audit = audit;
        this.vertx = vertx;
        this.limits = limits;
        this.guard = guard;
    }

    /** Adds a route for probes, which have no token. */
    Router probe(String path, Endpoint endpoint) {
        routes.add(new Route(HttpMethod.GET, path, null, 0, endpoint));
        return this;
    }

    /** Adds a route that reads. */
    Router get(String path, Endpoint endpoint) {
        routes.add(new Route(HttpMethod.GET, path, Role.READ, 0, endpoint));
        return this;
    }

    /** Adds a route that changes state: the guard decides who may. */
    Router change(HttpMethod method, String path, long bodyBytes, Endpoint endpoint) {
        routes.add(new Route(method, path, Role.OPERATE, bodyBytes, endpoint));
        return this;
    }

    /** Adds a route that brings code in, or takes it away. */
    Router administer(HttpMethod method, String path, long bodyBytes, Endpoint endpoint) {
        routes.add(new Route(method, path, Role.ADMINISTER, bodyBytes, endpoint));
        return this;
    }

    /** All routes, in the order in which they were added. */
    List<Route> routes() {
        return List.copyOf(routes);
    }

    /** Answers requests that are still under way with 202, because the server closes. */
    void close() {
        List.copyOf(open).forEach(Exchange::answerAccepted);
    }

    @Override
    public void handle(HttpServerRequest request) {
        Exchange exchange = new Exchange(request);
        try {
            exchange.begin();
        } catch (RuntimeException e) {
            exchange.fail(e);
        }
    }

    /** One request until it is answered. */
    private final class Exchange {
        private final HttpServerRequest request;
        private final String path;
        private boolean answered;
        private boolean bodyTaken;
        private long timer = -1;
        private boolean changing;

        Exchange(HttpServerRequest request) {
            this.request = request;
            String given = request.path();
            this.path = given == null ? "" : given;
        }

        void begin() {
            List<String> segments = Route.segments(path);
            Set<String> allowed = new TreeSet<>();
            Route route = null;
            Map<String, String> parameters = Map.of();
            for (Route candidate : routes) {
                Map<String, String> found = candidate.match(segments);
                if (found == null) {
                    continue;
                }
                allowed.add(candidate.method().name());
                if (candidate.method().equals(wanted())) {
                    route = candidate;
                    parameters = found;
                }
            }
            if (route == null) {
                answer(allowed.isEmpty() ? notFound() : methodNotAllowed(allowed));
                return;
            }
            changing = route.changes();
            Role role = route.role();
            Response refusal = role == null ? null : guard.refusal(Caller.of(request), role);
            if (refusal != null) {
                refuse(refusal);
                return;
            }
            serve(route, parameters);
        }

        /** Who guesses tokens is answered later and later. */
        private void refuse(Response refusal) {
            boolean guessed = refusal.status() == Response.UNAUTHORIZED
                    && AccessTokens.given(Caller.of(request).authorization());
            InetAddress from = guessed ? RemoteAddress.of(request.connection()) : null;
            long delayMs = from == null ? 0 : failures.failed(from, TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
            if (delayMs == FailureDelays.CLOSE) {
                record(refusal);
                request.connection().close();
            } else if (delayMs > 0) {
                timer = vertx.setTimer(delayMs, unused -> answer(refusal));
            } else {
                answer(refusal);
            }
        }

        private HttpMethod wanted() {
            return request.method().equals(HttpMethod.HEAD) ? HttpMethod.GET : request.method();
        }

        private void serve(Route route, Map<String, String> parameters) {
            boolean large = route.bodyBytes() > LARGE_BYTES;
            if (large && largeBody) {
                answer(Response.error(
                        Response.CONFLICT, "another such request is in progress", "try again when it is complete"));
                return;
            }
            largeBody |= large;
            open.add(this);
            Future<Buffer> body = Future.succeededFuture(Buffer.buffer());
            if (route.bodyBytes() > 0) {
                long patienceMs = large ? limits.largeBodyMs() : limits.bodyMs();
                body = RequestBody.read(vertx, request, route.bodyBytes(), patienceMs)
                        .onSuccess(unused -> bodyTaken = true);
            }
            body.compose(taken -> {
                        timer = vertx.setTimer(PATIENCE_MS, unused -> answerAccepted());
                        return route.endpoint().answer(new ApiRequest(parameters, taken));
                    })
                    .onComplete(done -> largeBody &= !large)
                    .onComplete(this::answer, this::fail);
        }

        void answerAccepted() {
            answer(Response.error(Response.ACCEPTED, "this is still in progress", "ask for the state with GET"));
        }

        void fail(Throwable failure) {
            if (failure instanceof ApiException fault) {
                answer(fault.answer());
                return;
            }
            LOG.warn("{} {} failed: {}", request.method(), path, failure.toString(), failure);
            answer(Response.error(
                    Response.INTERNAL,
                    "unexpected " + failure.getClass().getSimpleName() + ": " + failure.getMessage(),
                    "see the node's log"));
        }

        private void answer(Response answer) {
            if (answered) {
                return;
            }
            answered = true;
            if (changing) {
                record(answer);
            }
            open.remove(this);
            if (timer >= 0) {
                vertx.cancelTimer(timer);
            }
            HttpServerResponse response = request.response();
            if (response.closed() || response.ended()) {
                return;
            }
            response.setStatusCode(answer.status()).putHeader("Cache-Control", "no-store");
            response.putHeader("X-Content-Type-Options", "nosniff");
            answer.headers().forEach(response::putHeader);
            if (!bodyTaken && RequestBody.isIn(request)) {
                // What is left of the body would be taken for the next request.
                response.putHeader("Connection", "close");
            }
            if (answer.body().length() > 0) {
                response.putHeader("Content-Type", answer.contentType());
            }
            if (request.method().equals(HttpMethod.HEAD)) {
                response.putHeader(
                        "Content-Length", String.valueOf(answer.body().length()));
                response.end();
            } else {
                response.end(answer.body());
            }
        }

        private void record(Response answer) {
            boolean refused = answer.status() >= Response.BAD_REQUEST;
            Role has = guard.role(Caller.of(request));
            String words = refused ? new JsonObject(answer.body()).getString("error", "") : "";
            audit.record(new AuditEvent(
                    has == null ? "" : has.name().toLowerCase(Locale.ROOT) + " token",
                    String.valueOf(request.remoteAddress()),
                    request.method() + " " + path,
                    "",
                    (answer.status() + " " + words).strip(),
                    refused));
        }

        private Response methodNotAllowed(Set<String> allowed) {
            Set<String> shown = new TreeSet<>(allowed);
            if (shown.contains("GET")) {
                shown.add("HEAD");
            }
            String list = String.join(", ", shown);
            return Response.error(
                            Response.METHOD_NOT_ALLOWED,
                            "only " + String.join(" and ", shown) + (shown.size() == 1 ? " is" : " are")
                                    + " allowed here",
                            "")
                    .with("Allow", list);
        }
    }

    private Response notFound() {
        Set<String> paths = new TreeSet<>();
        routes.forEach(route -> paths.add(route.template()));
        return Response.json(
                Response.NOT_FOUND,
                new JsonObject()
                        .put("error", "no such path")
                        .put("hint", "see paths; /openapi.json describes them")
                        .put("paths", new JsonArray(List.copyOf(paths))));
    }
}
