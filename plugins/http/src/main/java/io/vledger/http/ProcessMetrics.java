package io.vledger.http;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.lang.management.OperatingSystemMXBean;
import java.lang.management.RuntimeMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The process and its JVM under the names that Prometheus' own Java client gives them. */
final class ProcessMetrics implements MetricSource {
    private static final Path STATM = Path.of("/proc/self/statm");
    private static final int PAGE_BYTES = 4096;
    private static final double NANOS_IN_SECOND = 1e9;
    private static final double MS_IN_SECOND = 1000.0;
    private static final double[] NO_BOUNDS = {};

    @Override
    public void collect(MetricSink sink) {
        memory(sink, "heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage());
        memory(sink, "nonheap", ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage());
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            sink.gauge(
                    "jvm_buffer_pool_used_bytes",
                    "Bytes of direct and mapped buffers of the JDK",
                    Map.of("pool", pool.getName()),
                    pool.getMemoryUsed());
        }
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            sink.histogram(
                    "jvm_gc_collection_seconds",
                    "Time in garbage collections",
                    Map.of("gc", collector.getName()),
                    NO_BOUNDS,
                    new long[] {Math.max(0, collector.getCollectionCount())},
                    Math.max(0, collector.getCollectionTime()) / MS_IN_SECOND);
        }
        var threads = ManagementFactory.getThreadMXBean();
        sink.gauge("jvm_threads_current", "Threads", Map.of(), threads.getThreadCount());
        sink.gauge("jvm_threads_daemon", "Daemon threads", Map.of(), threads.getDaemonThreadCount());
        sink.gauge(
                "jvm_classes_currently_loaded",
                "Classes loaded",
                Map.of(),
                ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
        process(sink);
    }

    private static void memory(MetricSink sink, String area, MemoryUsage usage) {
        Map<String, String> labels = Map.of("area", area);
        sink.gauge("jvm_memory_used_bytes", "Used bytes of the JVM's memory", labels, usage.getUsed());
        sink.gauge("jvm_memory_committed_bytes", "Committed bytes of the JVM's memory", labels, usage.getCommitted());
        sink.gauge("jvm_memory_max_bytes", "Maximum memory of the JVM, -1 if unlimited", labels, usage.getMax());
    }

    private static void process(MetricSink sink) {
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        sink.gauge(
                "process_start_time_seconds",
                "Start time of the process, seconds since the epoch",
                Map.of(),
                runtime.getStartTime() / MS_IN_SECOND);
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        if (system instanceof com.sun.management.UnixOperatingSystemMXBean unix) {
            sink.counter(
                    "process_cpu_seconds_total",
                    "CPU time of the process",
                    Map.of(),
                    unix.getProcessCpuTime() / NANOS_IN_SECOND);
            sink.gauge("process_open_fds", "Open files", Map.of(), unix.getOpenFileDescriptorCount());
            sink.gauge("process_max_fds", "Maximum number of open files", Map.of(), unix.getMaxFileDescriptorCount());
        }
        long resident = residentBytes();
        if (resident >= 0) {
            sink.gauge("process_resident_memory_bytes", "Resident memory", Map.of(), resident);
        }
    }

    /** Linux only; -1 elsewhere. */
    private static long residentBytes() {
        try {
            String[] pages = Files.readString(STATM, StandardCharsets.US_ASCII).split(" ", -1);
            return pages.length < 2 ? -1 : Long.parseLong(pages[1]) * PAGE_BYTES;
        } catch (IOException | NumberFormatException notLinux) {
            return -1;
        }
    }
}
