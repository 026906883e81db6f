package io.vledger.http;

import io.vledger.api.metrics.MetricSink;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes one scrape in Prometheus' text format, version 0.0.4: samples added in any order are grouped by name. Not for
 * more than one thread. What would make the text invalid or endless is left out and counted: more series of one name than the
 * bound, names and labels that are none, a name used with two types.
 */
final class PrometheusText implements MetricSink {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    /** What was left out. */
    static final String DROPPED = "rocketmq_metrics_dropped";

    private static final double EXACT = 1L << 53;

    private final Map<String, Family> families = new LinkedHashMap<>();
    private final int maxSeries;
    private long dropped;

    /** All lines of one name. */
    private static final class Family {
        private final String type;
        private final StringBuilder lines = new StringBuilder();
        private int series;

        private Family(String name, String help, String type) {
            this.type = type;
            lines.append("# HELP ").append(name).append(' ');
            escape(help, false, lines);
            lines.append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
        }
    }

    /** @param maxSeries most combinations of labels that one name may have */
    PrometheusText(int maxSeries) {
        this.maxSeries = maxSeries;
    }

    @Override
    public void counter(String name, String help, Map<String, String> labels, double value) {
        simple(name, help, "counter", labels, value);
    }

    @Override
    public void gauge(String name, String help, Map<String, String> labels, double value) {
        simple(name, help, "gauge", labels, value);
    }

    private void simple(String name, String help, String type, Map<String, String> labels, double value) {
        Family family = family(name, help, type, labels);
        if (family != null) {
            line(family.lines, name, "", labels, null, value);
        }
    }

    @Override
    public void histogram(
            String name, String help, Map<String, String> labels, double[] upperBounds, long[] counts, double sum) {
        if (counts.length != upperBounds.length + 1) {
            dropped++;
            return;
        }
        Family family = family(name, help, "histogram", labels);
        if (family == null) {
            return;
        }
        long all = 0;
        for (int i = 0; i < counts.length; i++) {
            all += counts[i];
            String bound = i == upperBounds.length ? "+Inf" : number(upperBounds[i]);
            line(family.lines, name, "_bucket", labels, bound, (double) all);
        }
        line(family.lines, name, "_sum", labels, null, sum);
        line(family.lines, name, "_count", labels, null, (double) all);
    }

    private @Nullable Family family(String name, String help, String type, Map<String, String> labels) {
        Family family = families.get(name);
        if (family == null && valid(name, true) && labels.keySet().stream().allMatch(label -> valid(label, false))) {
            family = new Family(name, help, type);
            families.put(name, family);
        }
        if (family == null || !family.type.equals(type) || family.series >= maxSeries) {
            dropped++;
            return null;
        }
        family.series++;
        return family;
    }

    private static boolean valid(String name, boolean colons) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
            if (!letter && (i == 0 || c < '0' || c > '9')) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static void line(
            StringBuilder to, String name, String suffix, Map<String, String> labels, @Nullable String le, double v) {
        to.append(name).append(suffix);
        char before = '{';
        for (Map.Entry<String, String> label : labels.entrySet()) {
            to.append(before).append(label.getKey()).append("=\"");
            escape(label.getValue(), true, to);
            to.append('"');
            before = ',';
        }
        if (le != null) {
            to.append(before).append("le=\"").append(le).append('"');
            before = ',';
        }
        if (before == ',') {
            to.append('}');
        }
        to.append(' ').append(number(v)).append('\n');
    }

    private static void escape(String text, boolean quotes, StringBuilder to) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                to.append("\\\\");
            } else if (c == '\n') {
                to.append("\\n");
            } else if (c == '"' && quotes) {
                to.append("\\\"");
            } else {
                to.append(c);
            }
        }
    }

    private static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < EXACT) {
            return Long.toString((long) value);
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        return Double.toString(value);
    }

    /** The whole text. Nothing may be added afterwards. */
    String finish() {
        long left = dropped;
        gauge(DROPPED, "Series left out of this answer, see plugins.http.maxSeries", Map.of(), left);
        int length = 0;
        for (Family family : families.values()) {
            length += family.lines.length();
        }
        StringBuilder all = new StringBuilder(length);
        families.values().forEach(family -> all.append(family.lines));
        return all.toString();
    }
}
