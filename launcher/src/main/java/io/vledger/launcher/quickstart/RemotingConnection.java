package io.vledger.launcher.quickstart;

import io.vledger.api.net.HostPort;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** A connection to one address on which requests may overlap. One thread writes; one of its own reads. */
final class RemotingConnection implements Closeable {
    private static final int CONNECT_MS = 500;

    private final Socket socket = new Socket();
    private final OutputStream out;
    private final Map<Integer, CompletableFuture<RemotingCommand>> waiting = new ConcurrentHashMap<>();
    private final AtomicInteger opaque = new AtomicInteger();
    private volatile boolean open = true;

    /** Connects to {@code host:port}. */
    @SuppressWarnings("AddressSelection") // the nodes are this machine's, under one address each
    RemotingConnection(String address) throws IOException {
        HostPort node = HostPort.of(address);
        try {
            socket.connect(new InetSocketAddress(node.host(), node.port()), CONNECT_MS);
            socket.setTcpNoDelay(true);
            out = socket.getOutputStream();
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
            Thread reader = new Thread(() -> readAll(in), "quickstart-" + address);
            reader.setDaemon(true);
            reader.start();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    boolean open() {
        return open;
    }

    /** Sends a request; the future fails when the connection breaks. */
    CompletableFuture<RemotingCommand> send(int code, Map<String, ?> fields, byte[] body) {
        int number = opaque.incrementAndGet();
        CompletableFuture<RemotingCommand> answer = new CompletableFuture<>();
        waiting.put(number, answer);
        try {
            synchronized (out) {
                out.write(RemotingCommand.request(code, number, fields, body));
            }
        } catch (IOException e) {
            close();
        }
        if (!open) {
            failAll();
        }
        return answer;
    }

    /** Sends a request and waits for its answer. */
    RemotingCommand call(int code, Map<String, ?> fields, byte[] body, long timeoutMs)
            throws IOException, InterruptedException {
        try {
            return send(code, fields, body).get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("no answer to request " + code, e);
        }
    }

    @Override
    public void close() {
        open = false;
        try {
            socket.close();
        } catch (IOException e) {
            failAll();
        }
        failAll();
    }

    private void readAll(DataInputStream in) {
        try {
            while (open) {
                RemotingCommand answer = RemotingCommand.read(in);
                CompletableFuture<RemotingCommand> waiter = waiting.remove(answer.opaque());
                if (waiter != null) {
                    waiter.complete(answer);
                }
            }
        } catch (IOException | RuntimeException e) {
            close();
        }
    }

    private void failAll() {
        List<Integer> numbers = new ArrayList<>(waiting.keySet());
        for (Integer number : numbers) {
            CompletableFuture<RemotingCommand> waiter = waiting.remove(number);
            if (waiter != null) {
                waiter.completeExceptionally(new IOException("the connection is closed"));
            }
        }
    }
}
