package io.vledger.http;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** The routes of probes. */
final class HealthRoutes {
    private HealthRoutes() {}

    static void addTo(Router router, HealthReport report) {
        Endpoint live = judge(report::live);
        Endpoint ready = judge(report::ready);
        router.get("/health", ready)
                .get("/health/live", live)
                .get("/health/started", judge(report::started))
                .get("/health/ready", ready)
                .get("/health/quorum", judge(report::stoppable))
                .get("/healthz", live)
                .get("/readyz", ready);
    }

    private static Endpoint judge(Supplier<HealthReport.Verdict> question) {
        return call -> {
            HealthReport.Verdict verdict = question.get();
            return Future.succeededFuture(
                    Response.json(verdict.good() ? Response.OK : Response.UNAVAILABLE, verdict.body()));
        };
    }
}
