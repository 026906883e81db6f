package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.store.OriginFiles;
import io.vledger.api.store.OriginFiles.Damage;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DamageMeterTest {
    private final DamageMeter meter = new DamageMeter();
    private Damage old = Damage.NONE;

    private void watchOld() {
        meter.watch((OriginFiles) Proxy.newProxyInstance(
                OriginFiles.class.getClassLoader(),
                new Class<?>[] {OriginFiles.class},
                (proxy, method, arguments) ->
                        method.getName().equals("damage") ? old : method.invoke(OriginFiles.NONE, arguments)));
    }

    private Map<String, Double> metrics() {
        Map<String, Double> values = new HashMap<>();
        meter.collect(
                new MetricSink() {
                    @Override
                    public void counter(String name, String help, Map<String, String> labels, double value) {
                        values.put(name, value);
                    }

                    @Override
                    public void gauge(String name, String help, Map<String, String> labels, double value) {
                        values.put(name, value);
                    }

                    @Override
                    public void histogram(
                            String name,
                            String help,
                            Map<String, String> labels,
                            double[] upperBounds,
                            long[] counts,
                            double sum) {}
                },
                Map.of());
        return values;
    }

    @Test
    void damageOfAnOlderLogCountsWithThatOfTheOwn() {
        watchOld();
        meter.found();
        meter.now(1, "own");
        old = new Damage(4, 2, List.of("one", "two"));
        assertThat(meter.state()).isEqualTo(new DamageMeter.State(3, "own; one; two"));
        assertThat(metrics())
                .containsEntry("rocketmq_storage_damaged_runs", 3.0)
                .containsEntry("rocketmq_storage_damage_found_total", 5.0)
                .containsEntry("rocketmq_storage_damage_repaired_total", 2.0);
        old = new Damage(4, 2, List.of());
        meter.now(0, "");
        assertThat(meter.state()).isEqualTo(new DamageMeter.State(0, ""));
        assertThat(metrics()).containsEntry("rocketmq_storage_damaged_runs", 0.0);
    }

    @Test
    void theTextIsBoundedAndTheNumberIsNot() {
        watchOld();
        List<String> many = IntStream.range(0, 1_000)
                .mapToObj(i -> "a file: position " + i + ": rotten")
                .toList();
        old = new Damage(1_000, 0, many);
        assertThat(meter.state().runs()).isEqualTo(1_000);
        assertThat(meter.state().what()).hasSizeLessThan(1_100).endsWith("; and more");
    }
}
