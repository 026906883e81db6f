package io.vledger.raft.driver.verticle;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Passes bytes on to a port of this machine. While it is cut it swallows everything and closes nothing, and what was connected
 * by then stays so for good: as after a cut of the network, for as long as TCP waits before it sends again.
 */
final class SilentProxy implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Pair> pairs = new CopyOnWriteArrayList<>();
    private final int target;
    private volatile boolean cut;

    private static final class Pair {
        final Socket near;
        final Socket far;
        volatile boolean silent;

        Pair(Socket near, Socket far) {
            this.near = near;
            this.far = far;
        }

        void pass(Socket from, Socket to) {
            byte[] bytes = new byte[1 << 16];
            try (InputStream in = from.getInputStream()) {
                OutputStream out = to.getOutputStream();
                for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                    if (!silent) {
                        out.write(bytes, 0, count);
                    }
                }
                if (!silent) {
                    to.close();
                }
            } catch (IOException e) {
                // One of the ends is gone; the other one learns it unless the network is cut.
                if (!silent) {
                    close();
                }
            }
        }

        void close() {
            for (Socket socket : List.of(near, far)) {
                try {
                    socket.close();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    SilentProxy(int target) throws IOException {
        this.target = target;
        thread(this::accept);
    }

    String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    void cut() {
        cut = true;
        pairs.forEach(pair -> pair.silent = true);
    }

    void heal() {
        cut = false;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                Pair pair = new Pair(near, new Socket(InetAddress.getLoopbackAddress(), target));
                pair.silent = cut;
                pairs.add(pair);
                thread(() -> pair.pass(pair.near, pair.far));
                thread(() -> pair.pass(pair.far, pair.near));
            } catch (IOException e) {
                // Closed, or nobody listens at the other end: the dialler learns it by the end of the connection.
            }
        }
    }

    private static void thread(Runnable work) {
        Thread thread = new Thread(work, "silent-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        pairs.forEach(Pair::close);
    }
}
