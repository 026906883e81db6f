package io.vledger.kernel;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.transport.Transport;
import java.util.concurrent.TimeUnit;

/**
 * Makes the process's Vert.x: epoll where its native library is there and works, NIO elsewhere, few loops, and none of the
 * conveniences that cost time at start (class path files, a DNS client).
 */
public final class Transports {
    private static final int MOST_LOOPS = 4;
    private static final int WORKERS = 4;

    private Transports() {}

    /** How many event loops {@link #createVertx} makes: one a core, at least two, at most {@value #MOST_LOOPS}. */
    public static int eventLoops() {
        return Math.max(2, Math.min(MOST_LOOPS, Runtime.getRuntime().availableProcessors()));
    }

    /** Makes a Vert.x; to be called before anything else has loaded its classes. */
    public static Vertx createVertx() {
        System.setProperty("vertx.disableDnsResolver", "true");
        System.setProperty("vertx.disableMetrics", "true");
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(eventLoops())
                .setWorkerPoolSize(WORKERS)
                .setInternalBlockingPoolSize(WORKERS)
                .setBlockedThreadCheckInterval(5)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.SECONDS)
                .setDisableTCCL(false)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
        return Vertx.builder().with(options).withTransport(transport()).build();
    }

    /** The name of the transport that {@link #createVertx} uses here. */
    public static String transportName() {
        return transport().name();
    }

    private static Transport transport() {
        Transport epoll = Transport.EPOLL;
        boolean wanted = !"nio".equals(System.getProperty("vledger.transport"));
        return wanted && epoll != null && epoll.available() ? epoll : Transport.NIO;
    }
}
