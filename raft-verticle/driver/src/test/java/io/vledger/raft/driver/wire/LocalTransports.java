package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.net.PeerTransport;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.GroupConfig.PeerSecurity;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.testkit.FreePorts;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The transports of three members n0, n1 and n2 whose group "g" is not open, on loopback, and plain sockets to talk to them. */
final class LocalTransports {
    private final Vertx vertx = Vertx.vertx();
    private final Map<String, String> peers = new TreeMap<>();
    private final Map<String, GroupTransport> transports = new TreeMap<>();
    /** So long that no connection is closed for its silence while a busy machine takes its time. */
    private int electionMs = 30_000;

    LocalTransports() {
        for (String id : List.of("n0", "n1", "n2")) {
            peers.put(id, "127.0.0.1:" + FreePorts.next());
        }
    }

    /** Address of each member. */
    Map<String, String> peers() {
        return peers;
    }

    /** Sets the election time-out of members that are started from now on. */
    void electionMs(int milliseconds) {
        electionMs = milliseconds;
    }

    GroupTransport transport(String node) {
        GroupTransport transport = transports.get(node);
        if (transport == null) {
            throw new IllegalStateException(node + " was not started");
        }
        return transport;
    }

    /** Starts a member; its channel. */
    PeerChannel start(String node) throws Exception {
        return start(node, PeerSecurity.NONE);
    }

    /** Starts a member that recognises others in this way; its channel. */
    PeerChannel start(String node, PeerSecurity security) throws Exception {
        return start(node, security, TlsSettings.NONE);
    }

    /** Starts a member that recognises others in this way, with these certificates; its channel. */
    PeerChannel start(String node, PeerSecurity security, TlsSettings tls) throws Exception {
        TlsContexts certificates = new TlsContexts(vertx, tls);
        certificates.load().await(20, TimeUnit.SECONDS);
        GroupConfig config = GroupConfig.builder("g", Path.of("g"))
                .peers(peers)
                .peerSecurity(security)
                .raft(GroupConfig.RaftTiming.builder()
                        .electionTimeoutMs(electionMs)
                        .heartbeatMs(50)
                        .build())
                .build();
        Context loop = vertx.getOrCreateContext();
        Promise<Void> listening = Promise.promise();
        loop.runOnContext(none -> {
            GroupTransport transport = new GroupTransport(vertx, loop, config, node, certificates);
            transports.put(node, transport);
            transport.listen().onComplete(listening);
        });
        Future<Void> started = listening.future();
        started.await(20, TimeUnit.SECONDS);
        return transport(node).channel(PeerTransport.ORIGIN_CHANNEL);
    }

    /** Stops a member's transport, on its loop as its verticle does. */
    void closeTransport(String node) throws Exception {
        GroupTransport transport = transport(node);
        Promise<Void> closed = Promise.promise();
        transport.loop().runOnContext(none -> transport.close().onComplete(closed));
        closed.future().await(20, TimeUnit.SECONDS);
    }

    /** A plain connection to a member. */
    Socket connect(String to) throws IOException {
        return connect(to, "127.0.0.1");
    }

    /** A connection from another address of this machine. */
    Socket connect(String to, String from) throws IOException {
        String address = peers.getOrDefault(to, "");
        int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName(from), 0);
        socket.setSoTimeout(20_000);
        return socket;
    }

    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    /** Sends a frame with its length, which is released. */
    static void send(Socket socket, ByteBuf frame) throws IOException {
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        frame.release();
        socket.getOutputStream().write(bytes);
    }

    /** The next frame without its length. */
    static ByteBuf receive(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return Unpooled.wrappedBuffer(frame);
    }
}
