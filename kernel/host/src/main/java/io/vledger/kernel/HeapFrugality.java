package io.vledger.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the heap near what is alive, without options of the JVM.
 *
 * <p>A JVM sizes its first heap by the machine, a 64th of its memory, and G1 gives nothing back while it is idle. The two
 * ratios that steer shrinking and growing can be set while it runs: with them, one full collection after the start lets the
 * heap shrink to a small multiple of the live data, and every later marking cycle may shrink it again. Options given on the
 * command line win.
 */
public final class HeapFrugality {
    private static final Logger LOG = LoggerFactory.getLogger(HeapFrugality.class);
    private static final String MIN_FREE = "MinHeapFreeRatio";
    private static final String MAX_FREE = "MaxHeapFreeRatio";

    private HeapFrugality() {}

    /** Sets the ratios and collects once. Blocks for some ten milliseconds. */
    @SuppressWarnings("DoNotCall")
    public static void settle() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm == null) {
            return;
        }
        try {
            if (untouched(jvm, MIN_FREE) && untouched(jvm, MAX_FREE)) {
                jvm.setVMOption(MIN_FREE, "10");
                jvm.setVMOption(MAX_FREE, "30");
            }
            if (untouched(jvm, "G1PeriodicGCInterval")) {
                jvm.setVMOption("G1PeriodicGCInterval", "60000");
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("this JVM does not let its heap ratios be set: {}", e.getMessage());
        }
        System.gc();
    }

    private static boolean untouched(HotSpotDiagnosticMXBean jvm, String option) {
        return jvm.getVMOption(option).getOrigin() == com.sun.management.VMOption.Origin.DEFAULT
                && jvm.getVMOption(option).isWriteable();
    }
}
