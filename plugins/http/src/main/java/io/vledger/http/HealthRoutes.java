package io.vledger.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Finds the answer to a request by its path. Bodies of requests are not read: a request that has one is its connection's last. */
final class HealthRoutes implements Handler<HttpServerRequest> {
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private final Map<String, Supplier<Answer>> routes = new TreeMap<>();

    /**
     * What is said.
     *
     * @param status HTTP status
     * @param body JSON
     */
    record Answer(int status, JsonObject body) {
        static Answer of(HealthReport.Verdict verdict, int otherwise) {
            return new Answer(verdict.good() ? OK : otherwise, verdict.body());
        }
    }

    HealthRoutes(HealthReport report) {
        routes.put("/health/live", () -> Answer.of(report.live(), UNAVAILABLE));
        routes.put("/health/started", () -> Answer.of(report.started(), UNAVAILABLE));
        routes.put("/health/ready", () -> Answer.of(report.ready(), UNAVAILABLE));
        routes.put("/health/quorum", () -> Answer.of(report.stoppable(), 412));
        routes.put("/health", routes.get("/health/ready"));
        routes.put("/healthz", routes.get("/health/live"));
        routes.put("/readyz", routes.get("/health/ready"));
    }

    @Override
    public void handle(HttpServerRequest request) {
        boolean reads =
                request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
        String path = request.path();
        Supplier<Answer> route = path == null ? null : routes.get(path);
        HttpServerResponse response = request.response();
        if (hasBody(request)) {
            response.putHeader("Connection", "close");
        }
        Answer answer;
        if (route == null) {
            answer = new Answer(
                    404,
                    new JsonObject()
                            .put("error", "nothing is here")
                            .put("paths", new JsonArray(routes.keySet().stream().toList())));
        } else if (!reads) {
            response.putHeader("Allow", "GET, HEAD");
            answer = new Answer(405, new JsonObject().put("error", "only GET and HEAD are answered here"));
        } else {
            answer = route.get();
        }
        response.setStatusCode(answer.status())
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store");
        String body = answer.body().encodePrettily() + "\n";
        if (request.method().equals(HttpMethod.HEAD)) {
            response.putHeader("Content-Length", String.valueOf(body.getBytes(StandardCharsets.UTF_8).length));
            response.end();
        } else {
            response.end(body);
        }
    }

    private static boolean hasBody(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return request.getHeader("Transfer-Encoding") != null || (length != null && !length.equals("0"));
    }
}
