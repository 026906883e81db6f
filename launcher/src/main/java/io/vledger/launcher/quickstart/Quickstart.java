package io.vledger.launcher.quickstart;

import io.vledger.launcher.exit.LauncherException;
import io.vledger.protocol.ResponseCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends {@value #MESSAGES} messages to a group of three, kills the leader half way, reads everything back, and counts.
 *
 * <p>Every message carries its number. One that was not acknowledged is sent again until it is, so a number may be stored
 * twice (a duplicate, which RocketMQ allows), but one that was acknowledged must be there.
 */
public final class Quickstart {
    static final int MESSAGES = 20_000;
    private static final int IN_FLIGHT = 200;
    private static final int BODY_BYTES = 256;
    private static final int QUEUES = 4;
    private static final int BAR = 40;
    private static final long GIVE_UP_SECONDS = 50;
    private static final long PAUSE_MS = 25;
    private static final String TOPIC = "QuickstartTopic";

    private final Path jar;
    private final PrintWriter out;

    @SuppressWarnings("SystemConsoleNull") // with JDK 22 and later a file gets a progress line too, which does no harm
    private final boolean terminal = System.console() != null;

    private final ConcurrentLinkedQueue<Integer> unsent = new ConcurrentLinkedQueue<>();
    private final BitSet acked = new BitSet(MESSAGES);
    private final AtomicInteger ackedCount = new AtomicInteger();
    private final AtomicBoolean refused = new AtomicBoolean();
    private final AtomicLong killedNanos = new AtomicLong();
    private long lastAckNanos;
    private long longestGapNanos;
    private final long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(GIVE_UP_SECONDS);

    /** A demonstration with nodes of this jar. */
    public Quickstart(Path jar, PrintWriter out) {
        this.jar = jar;
        this.out = out;
    }

    /** Runs it; true if no acknowledged message was lost. */
    public boolean run() throws IOException, InterruptedException {
        if (!Files.isRegularFile(jar)) {
            throw new LauncherException(
                    "quickstart starts nodes from the jar; build it and run java -jar launcher.jar quickstart");
        }
        line("Vledger quickstart: three nodes, " + MESSAGES + " messages, one SIGKILL of the leader");
        long from = System.nanoTime();
        NodeProcesses nodes = new NodeProcesses(jar);
        Thread hook = new Thread(nodes::close, "quickstart-cleanup");
        Runtime.getRuntime().addShutdownHook(hook);
        try (nodes;
                QuickstartClient client = new QuickstartClient(nodes.nameServer(), NodeProcesses.BROKER)) {
            awaitGroup(nodes, client);
            line("group up after " + millisSince(from) + " ms, leader " + nodes.nameOf(client.leaderAddress()));
            sendAll(nodes, client);
            return summarise(readBack(client), from);
        } finally {
            unhook(hook);
        }
    }

    private static void unhook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException interruptedByTheUser) {
            hook.setName("quickstart-interrupted");
        }
    }

    private void awaitGroup(NodeProcesses nodes, QuickstartClient client) throws IOException, InterruptedException {
        while (true) {
            nodes.requireAlive(3);
            try {
                client.createTopic(TOPIC, QUEUES);
                return;
            } catch (IOException e) {
                pauseOrGiveUp("the group did not come up", e);
            }
        }
    }

    private void sendAll(NodeProcesses nodes, QuickstartClient client) throws IOException, InterruptedException {
        for (int i = 0; i < MESSAGES; i++) {
            unsent.add(i);
        }
        Semaphore window = new Semaphore(IN_FLIGHT);
        boolean killed = false;
        int shown = -1;
        boolean lookAgain = false;
        while (ackedCount.get() < MESSAGES) {
            if (!killed && ackedCount.get() >= MESSAGES / 2) {
                killed = true;
                String leader = client.leaderAddress();
                killedNanos.set(System.nanoTime());
                nodes.kill(leader);
                endProgress();
                line("SIGKILL to the leader, " + nodes.nameOf(leader) + ", after " + ackedCount.get()
                        + " acknowledgements");
                lookAgain = true;
            }
            shown = progress(shown);
            try {
                RemotingConnection leader = client.leader(TOPIC, lookAgain || refused.getAndSet(false));
                lookAgain = false;
                sendBurst(leader, window);
            } catch (IOException e) {
                lookAgain = true;
                pauseOrGiveUp("the group did not go on", e);
            }
        }
        progress(-1);
        endProgress();
    }

    /** Sends until the window is full or nothing is left, then waits a little for room. */
    private void sendBurst(RemotingConnection leader, Semaphore window) throws InterruptedException, IOException {
        if (refused.get()) {
            pauseOrGiveUp("the group refuses messages", null);
        }
        if (!window.tryAcquire(PAUSE_MS, TimeUnit.MILLISECONDS)) {
            giveUpIfLate("acknowledgements do not come", null);
            return;
        }
        Integer number = unsent.poll();
        if (number == null) {
            window.release();
            pauseOrGiveUp("acknowledgements do not come", null);
            return;
        }
        byte[] body = ByteBuffer.allocate(BODY_BYTES).putLong(number).array();
        var unused = QuickstartClient.send(leader, TOPIC, number % QUEUES, QUEUES, body)
                .orTimeout(5, TimeUnit.SECONDS)
                .whenComplete((answer, error) -> {
                    if (error == null && answer.code() == ResponseCode.SUCCESS) {
                        acknowledged(number);
                    } else {
                        unsent.add(number);
                        refused.set(true);
                    }
                    window.release();
                });
    }

    private void acknowledged(int number) {
        synchronized (acked) {
            acked.set(number);
            long now = System.nanoTime();
            if (killedNanos.get() != 0) {
                longestGapNanos = Math.max(longestGapNanos, now - lastAckNanos);
            }
            lastAckNanos = now;
        }
        ackedCount.incrementAndGet();
    }

    /** What was found in the queues. */
    private static final class Tally {
        private final BitSet found = new BitSet(MESSAGES);
        private int read;
        private int duplicates;

        void see(long number) {
            read++;
            if (number < 0 || number >= MESSAGES || found.get((int) number)) {
                duplicates++;
            } else {
                found.set((int) number);
            }
        }
    }

    private Tally readBack(QuickstartClient client) throws InterruptedException {
        while (true) {
            Tally tally = new Tally();
            try {
                for (int queue = 0; queue < QUEUES; queue++) {
                    client.readQueue(TOPIC, queue, tally::see);
                }
                return tally;
            } catch (IOException e) {
                pauseOrGiveUp("the messages could not be read back", e);
            }
        }
    }

    private boolean summarise(Tally tally, long from) {
        BitSet lost = (BitSet) acked.clone();
        lost.andNot(tally.found);
        long outageMs;
        synchronized (acked) {
            outageMs = TimeUnit.NANOSECONDS.toMillis(longestGapNanos);
        }
        line("");
        line(String.format(
                "  outage      %,8d ms   longest time without an acknowledgement after the SIGKILL", outageMs));
        line(String.format("  acked       %,8d", acked.cardinality()));
        line(String.format("  read        %,8d", tally.read));
        line(String.format("  lost        %,8d      acknowledged and not there", lost.cardinality()));
        line(String.format(
                "  duplicated  %,8d      sent again because the answer died with the leader", tally.duplicates));
        line("");
        line((lost.isEmpty() ? "Nothing acknowledged was lost" : "ACKNOWLEDGED MESSAGES WERE LOST") + ", "
                + millisSince(from) / 1000 + " s in all.");
        return lost.isEmpty();
    }

    private int progress(int shown) {
        int percent = ackedCount.get() * 100 / MESSAGES;
        if (percent == shown || (!terminal && percent / 10 == shown / 10 && shown >= 0)) {
            return shown;
        }
        int full = percent * BAR / 100;
        String text = "sending [" + "#".repeat(full) + ".".repeat(BAR - full) + "] " + percent + " %";
        if (terminal) {
            out.print("\r" + text);
            out.flush();
        } else {
            line(text);
        }
        return percent;
    }

    private void endProgress() {
        if (terminal) {
            out.println();
        }
    }

    private void pauseOrGiveUp(String what, @Nullable Throwable cause) throws InterruptedException {
        giveUpIfLate(what, cause);
        new CountDownLatch(1).await(PAUSE_MS, TimeUnit.MILLISECONDS);
    }

    private void giveUpIfLate(String what, @Nullable Throwable cause) {
        if (System.nanoTime() > deadlineNanos) {
            String last = cause == null ? "" : ": " + cause.getMessage();
            throw new LauncherException(
                    what + " within " + GIVE_UP_SECONDS + " s" + last, cause == null ? new IOException(what) : cause);
        }
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private void line(String text) {
        out.println(text);
        out.flush();
    }
}
