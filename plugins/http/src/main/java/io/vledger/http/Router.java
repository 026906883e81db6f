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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the endpoint of a request by its path, asks the guard where it would change something, and writes the answer.
 *
 * <p>Routes are added before the server listens; everything else runs on the plugin's loop.
 */
final class Router implements Handler<HttpServerRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);
    /** Answered within this, or told that it goes on; below the time after which an idle connection is closed. */
    private static final long PATIENCE_MS = 25_000;
    /** Of bodies that may be larger only one is taken in at a time. */
    private static final long LARGE_BYTES = 1 << 20;

    private final Vertx vertx;
    private final AccessGuard guard;
    private final List<Route> routes = new ArrayList<>();
    private final Set<Exchange> open = new HashSet<>();
    private boolean largeBody;

    Router(Vertx vertx, AccessGuard guard) {
        this.vertx = vertx;
        this.guard = guard;
    }

    /** Adds a route that anyone may read. */
    Router get(String path, Endpoint endpoint) {
        routes.add(new Route(HttpMethod.GET, path, false, 0, endpoint));
        return this;
    }

    /** Adds a route that changes state: the guard decides who may. */
    Router change(HttpMethod method, String path, long bodyBytes, Endpoint endpoint) {
        routes.add(new Route(method, path, true, bodyBytes, endpoint));
        return this;
    }

    /** All routes, in the order in which they were added. */
    List<Route> routes() {
        return List.copyOf(routes);
    }

    /** Answers what is still being worked on, because the server closes. */
    void close() {
        List.copyOf(open).forEach(Exchange::tellThatItGoesOn);
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
                answer(allowed.isEmpty() ? nothingHere() : otherMethods(allowed));
                return;
            }
            Answer refusal = route.changes() ? guard.refusal(Caller.of(request)) : null;
            if (refusal != null) {
                answer(refusal);
                return;
            }
            serve(route, parameters);
        }

        private HttpMethod wanted() {
            return request.method().equals(HttpMethod.HEAD) ? HttpMethod.GET : request.method();
        }

        private void serve(Route route, Map<String, String> parameters) {
            boolean large = route.bodyBytes() > LARGE_BYTES;
            if (large && largeBody) {
                answer(Answer.error(Answer.CONFLICT, "another such request is under way", "send it again after that"));
                return;
            }
            largeBody |= large;
            open.add(this);
            timer = vertx.setTimer(PATIENCE_MS, unused -> tellThatItGoesOn());
            Future<Buffer> body = Future.succeededFuture(Buffer.buffer());
            if (route.bodyBytes() > 0) {
                body = RequestBody.read(request, route.bodyBytes()).onSuccess(unused -> bodyTaken = true);
            }
            body.compose(taken -> route.endpoint().answer(new Call(parameters, taken)))
                    .onComplete(done -> largeBody &= !large)
                    .onComplete(this::answer, this::fail);
        }

        void tellThatItGoesOn() {
            answer(Answer.error(
                    Answer.ACCEPTED, "this is still under way", "ask again: the state is what the GET routes say"));
        }

        void fail(Throwable failure) {
            if (failure instanceof RequestFault fault) {
                answer(fault.answer());
                return;
            }
            LOG.warn("{} {} failed: {}", request.method(), path, failure.toString(), failure);
            answer(Answer.error(
                    Answer.INTERNAL,
                    "unexpected " + failure.getClass().getSimpleName() + ": " + failure.getMessage(),
                    "the node's log has more"));
        }

        private void answer(Answer answer) {
            if (answered) {
                return;
            }
            answered = true;
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

        private Answer otherMethods(Set<String> allowed) {
            Set<String> shown = new TreeSet<>(allowed);
            if (shown.contains("GET")) {
                shown.add("HEAD");
            }
            String list = String.join(", ", shown);
            return Answer.error(
                            Answer.METHOD_NOT_ALLOWED,
                            "only " + String.join(" and ", shown) + (shown.size() == 1 ? " is" : " are")
                                    + " answered here",
                            "")
                    .with("Allow", list);
        }
    }

    private Answer nothingHere() {
        Set<String> paths = new TreeSet<>();
        routes.forEach(route -> paths.add(route.template()));
        return Answer.json(
                Answer.NOT_FOUND,
                new JsonObject()
                        .put("error", "nothing is here")
                        .put("hint", "paths has all there is; /openapi.json describes them")
                        .put("paths", new JsonArray(List.copyOf(paths))));
    }
}
