package io.vledger.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the heap near what is alive, without options of the JVM's command line.
 *
 * <p>A JVM sizes its first heap by the machine. Three options can be set while it runs: the two ratios by which G1 sizes the
 * heap at the end of a marking cycle or full collection, and the interval after which an idle JVM begins such a cycle by
 * itself. One full collection after the start (some ten milliseconds) brings the heap down to a small multiple of the live
 * data; from there it grows by need only. Options given on the command line win.
 */
public final class HeapFrugality {
    private static final Logger LOG = LoggerFactory.getLogger(HeapFrugality.class);
    private static final String MIN_FREE = "MinHeapFreeRatio";
    private static final String MAX_FREE = "MaxHeapFreeRatio";
    private static final String INTERVAL = "G1PeriodicGCInterval";
    private static final String IDLE_MS = "30000";

    private HeapFrugality() {}

    /** Sets the options and collects once. */
    public static void settle() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm == null) {
            return;
        }
        try {
            if (untouched(jvm, MIN_FREE) && untouched(jvm, MAX_FREE)) {
                jvm.setVMOption(MIN_FREE, "20");
                jvm.setVMOption(MAX_FREE, "60");
            }
            if (untouched(jvm, INTERVAL)) {
                jvm.setVMOption(INTERVAL, IDLE_MS);
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("this JVM does not let its heap be steered: {}", e.getMessage());
        }
        System.gc();
    }

    private static boolean untouched(HotSpotDiagnosticMXBean jvm, String option) {
        VMOption found = jvm.getVMOption(option);
        return found.getOrigin() == VMOption.Origin.DEFAULT && found.isWriteable();
    }
}
