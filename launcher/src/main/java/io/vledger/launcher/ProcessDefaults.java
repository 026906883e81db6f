package io.vledger.launcher;

import java.security.Security;

/**
 * System properties that libraries read once, when their classes are loaded: set before any of them is. What the user gave on
 * the command line of the JVM wins.
 */
final class ProcessDefaults {
    private static final String NEGATIVE_TTL = "networkaddress.cache.negative.ttl";
    /** What the JDK comes with, in seconds. */
    private static final String JAVA_NEGATIVE_TTL = "10";

    private ProcessDefaults() {}

    static void apply() {
        // Few arenas: the work is done by a handful of loops, and each arena keeps chunks of its own.
        byDefault("io.netty.allocator.type", "pooled");
        byDefault("io.netty.allocator.numDirectArenas", "2");
        byDefault("io.netty.allocator.numHeapArenas", "1");
        byDefault("io.netty.allocator.useCacheForAllThreads", "false");
        // Netty's events for the flight recorder load that recorder's classes into every process, recording or not.
        byDefault("io.netty.jfr.enabled", "false");
        byDefault("io.netty.noPreferDirect", "false");
        byDefault("io.netty.tryReflectionSetAccessible", "true");
        byDefault("vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        byDefault("logback.statusListenerClass", "ch.qos.logback.core.status.NopStatusListener");
        byDefault("picocli.ansi", "false");
        // A member that is started anew may have another address by the same name, or none yet: ask again soon.
        byDefault("sun.net.inetaddr.ttl", "5");
        if (JAVA_NEGATIVE_TTL.equals(Security.getProperty(NEGATIVE_TTL))) {
            Security.setProperty(NEGATIVE_TTL, "1");
        }
    }

    private static void byDefault(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }
}
