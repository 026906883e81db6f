package io.vledger.http;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** The routes of probes. */
final class HealthRoutes {
    private HealthRoutes() {}

    static void addTo(Router router, HealthReport report) {
        Endpoint live = judge(report::live);
        Endpoint ready = judge(report::ready);
        router.probe("/health", ready)
                .probe("/health/live", live)
                .probe("/health/started", judge(report::started))
                .probe("/health/ready", ready)
                .probe("/health/quorum", judge(report::stoppable))
                .probe("/healthz", live)
                .probe("/readyz", ready);
    }

    private static Endpoint judge(Supplier<HealthReport.Verdict> question) {
        return call -> {
            HealthReport.Verdict verdict = question.get();
            return Future.succeededFuture(
                    Response.json(verdict.good() ? Response.OK : Response.UNAVAILABLE, verdict.body()));
        };
    }
}
