package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.plugin.PluginContext;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code /metrics}. Sources are asked off the loop and one scrape after the
 * other, so that neither many topics nor an impatient scraper keep health from answering.
 */
final class MetricsRoute implements Endpoint {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsRoute.class);
    static final String PATH = "/metrics";

    private final PluginContext plugin;
    private final Vertx vertx;
    private final int maxSeries;
    private final MetricSource process = new ProcessMetrics();

    MetricsRoute(PluginContext plugin, Vertx vertx, int maxSeries) {
        this.plugin = plugin;
        this.vertx = vertx;
        this.maxSeries = maxSeries;
    }

    @Override
    public Future<Response> answer(ApiRequest call) {
        return vertx.executeBlocking(this::scrape)
                .map(text -> Response.text(Response.OK, PrometheusText.CONTENT_TYPE, text));
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
                LOG.warn("the metrics of {} cannot be collected: {}", source.getKey(), String.valueOf(e));
            }
        }
        text.gauge(
                "rocketmq_metrics_failed_sources",
                "Plugins whose metrics could not be collected for this answer",
                Map.of(),
                failed);
        return text.finish();
    }
}
