package io.vledger.http;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** The routes of probes. */
final class HealthRoutes {
    private HealthRoutes() {}

    static void addTo(Router router, HealthReport report) {
        Endpoint live = judge(report::live, Answer.UNAVAILABLE);
        Endpoint ready = judge(report::ready, Answer.UNAVAILABLE);
        router.get("/health", ready)
                .get("/health/live", live)
                .get("/health/started", judge(report::started, Answer.UNAVAILABLE))
                .get("/health/ready", ready)
                .get("/health/quorum", judge(report::stoppable, Answer.PRECONDITION_FAILED))
                .get("/healthz", live)
                .get("/readyz", ready);
    }

    private static Endpoint judge(Supplier<HealthReport.Verdict> question, int otherwise) {
        return call -> {
            HealthReport.Verdict verdict = question.get();
            return Future.succeededFuture(Answer.json(verdict.good() ? Answer.OK : otherwise, verdict.body()));
        };
    }
}
