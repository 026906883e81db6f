package io.vledger.http;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.plugin.PluginContext;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code /metrics} and leaves everything else to the next. Sources are asked off the loop and one scrape after the
 * other, so that neither many topics nor an impatient scraper keep health from answering.
 */
final class MetricsRoute implements Handler<HttpServerRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsRoute.class);
    private static final String PATH = "/metrics";

    private final PluginContext plugin;
    private final Vertx vertx;
    private final int maxSeries;
    private final MetricSource process = new ProcessMetrics();
    private final Handler<HttpServerRequest> others;

    MetricsRoute(PluginContext plugin, Vertx vertx, int maxSeries, Handler<HttpServerRequest> others) {
        this.plugin = plugin;
        this.vertx = vertx;
        this.maxSeries = maxSeries;
        this.others = others;
    }

    @Override
    public void handle(HttpServerRequest request) {
        boolean head = request.method().equals(HttpMethod.HEAD);
        if (!PATH.equals(request.path()) || (!head && !request.method().equals(HttpMethod.GET))) {
            others.handle(request);
            return;
        }
        HttpServerResponse response = request.response();
        vertx.executeBlocking(this::scrape).onComplete(done -> {
            if (response.closed()) {
                return;
            }
            if (done.failed()) {
                LOG.warn("/metrics cannot be answered: {}", String.valueOf(done.cause()));
                response.setStatusCode(500).end("the metrics cannot be told; see the node's log\n");
                return;
            }
            String text = done.result();
            response.putHeader("Content-Type", PrometheusText.CONTENT_TYPE).putHeader("Cache-Control", "no-store");
            if (head) {
                int length = text.getBytes(StandardCharsets.UTF_8).length;
                response.putHeader("Content-Length", String.valueOf(length)).end();
            } else {
                response.end(text);
            }
        });
    }

    private String scrape() {
        PrometheusText text = new PrometheusText(maxSeries);
        process.collect(text);
        int failed = 0;
        for (Map.Entry<String, MetricSource> source :
                plugin.services(MetricSource.class).entrySet()) {
            try {
                source.getValue().collect(text);
            } catch (RuntimeException | LinkageError e) { // of a plugin that is just being stopped, or is wrong
                failed++;
                LOG.warn("the metrics of {} cannot be told: {}", source.getKey(), String.valueOf(e));
            }
        }
        text.gauge(
                "rocketmq_metrics_failed_sources",
                "Plugins that could not tell their metrics for this answer",
                Map.of(),
                failed);
        return text.finish();
    }
}
