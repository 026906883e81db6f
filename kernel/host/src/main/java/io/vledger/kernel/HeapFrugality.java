package io.vledger.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the heap near what is alive, without options of the JVM's command line.
 *
 * <p>A JVM sizes its first heap by the machine, and G1 answers a burst of garbage by taking a fifth of all that it may still
 * take. Three options can be set while the JVM runs: the two ratios by which G1 shrinks the heap at the end of a marking
 * cycle, and the interval after which it begins such a cycle by itself when nothing was collected for so long. One full
 * collection after the start brings the heap down to the live data. Later, a heap that is large for what lives in it makes
 * the interval short, until a cycle (pauses of one to three milliseconds) has given the memory back. Options given on the
 * command line win.
 */
public final class HeapFrugality {
    private static final Logger LOG = LoggerFactory.getLogger(HeapFrugality.class);
    private static final String MIN_FREE = "MinHeapFreeRatio";
    private static final String MAX_FREE = "MaxHeapFreeRatio";
    private static final String INTERVAL = "G1PeriodicGCInterval";
    private static final String CALM_MS = "5000";
    private static final String EAGER_MS = "200";
    private static final long CHECK_MS = 5_000;
    private static final long SMALL_ENOUGH_BYTES = 160L << 20;
    private static final int LARGE_FOR_ITS_OLD = 4;

    private final HotSpotDiagnosticMXBean jvm;
    private final @Nullable MemoryPoolMXBean old;
    private String interval = CALM_MS;

    private HeapFrugality(HotSpotDiagnosticMXBean jvm, @Nullable MemoryPoolMXBean old) {
        this.jvm = jvm;
        this.old = old;
    }

    /** Sets the options, collects once (some ten milliseconds), and looks after the heap from a timer from then on. */
    public static void settle(Vertx vertx) {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm == null) {
            return;
        }
        try {
            if (untouched(jvm, MIN_FREE) && untouched(jvm, MAX_FREE)) {
                jvm.setVMOption(MIN_FREE, "10");
                jvm.setVMOption(MAX_FREE, "30");
            }
            if (untouched(jvm, INTERVAL)) {
                HeapFrugality heap = new HeapFrugality(jvm, oldGeneration());
                jvm.setVMOption(INTERVAL, CALM_MS);
                vertx.setPeriodic(CHECK_MS, unused -> heap.check());
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("this JVM does not let its heap be steered: {}", e.getMessage());
        }
        System.gc();
    }

    private void check() {
        long committed =
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
        long oldUsed = old == null ? committed : old.getUsage().getUsed();
        boolean large = committed > SMALL_ENOUGH_BYTES && committed > LARGE_FOR_ITS_OLD * oldUsed;
        String wanted = large ? EAGER_MS : CALM_MS;
        if (!wanted.equals(interval)) {
            jvm.setVMOption(INTERVAL, wanted);
            interval = wanted;
        }
    }

    private static @Nullable MemoryPoolMXBean oldGeneration() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals("G1 Old Gen"))
                .findFirst()
                .orElse(null);
    }

    private static boolean untouched(HotSpotDiagnosticMXBean jvm, String option) {
        VMOption found = jvm.getVMOption(option);
        return found.getOrigin() == VMOption.Origin.DEFAULT && found.isWriteable();
    }
}
