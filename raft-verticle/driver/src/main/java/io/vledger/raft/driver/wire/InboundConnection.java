package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;

/** A connection that was accepted, until its first frame says what it is for. For the group's loop. */
final class InboundConnection implements PeerSocket.Handler {
    private final GroupTransport transport;
    private final Vertx vertx;
    private final PeerSocket socket;
    private long timer;

    /** @param helloMs how long the other side may say nothing */
    InboundConnection(GroupTransport transport, Vertx vertx, NetSocket accepted, int helloMs) {
        this.transport = transport;
        this.vertx = vertx;
        this.socket = new PeerSocket(accepted, this);
        this.timer = vertx.setTimer(helloMs, late -> {
            transport
                    .warnings()
                    .warn(socket.remote(), socket.remote() + " sent no hello within " + helloMs + " ms, closing");
            socket.abort();
        });
    }

    @Override
    public void frame(ByteBuf frame) throws PeerCodec.BadFrame {
        vertx.cancelTimer(timer);
        ChannelType channel = ChannelType.ofRequest(frame);
        if (channel != null) {
            PeerSocket.Handler responder = transport.responder(channel, socket);
            socket.handOver(responder);
            responder.frame(frame);
        } else if (PeerCodec.isAddressQuestion(frame)) {
            boolean ours = transport.dialled(PeerCodec.decodeAddressQuestion(frame));
            reply(PeerCodec.encodeAddressAnswer(ours, socket.allocator()));
        } else if (PeerCodec.isHello(frame)) {
            PeerLinks links = transport.links();
            if (links == null) {
                reply(PeerCodec.encodeNotOpen(socket.allocator()));
            } else {
                PeerSocket.Handler handshake = links.accept(socket);
                socket.handOver(handshake);
                handshake.frame(frame);
            }
        } else {
            throw new PeerCodec.BadFrame("its first frame is none that begins a connection");
        }
    }

    /** Sends the only frame of this connection and waits a moment for the other side to close it. */
    private void reply(ByteBuf frame) {
        socket.send(frame);
        timer = vertx.setTimer(PeerDialer.CONNECT_TIMEOUT_MS, late -> socket.abort());
    }

    @Override
    public void rejected(PeerCodec.BadFrame why) {
        transport
                .warnings()
                .warn(socket.remote(), "closing the connection with " + socket.remote() + ": " + why.getMessage());
    }

    @Override
    public void closed() {
        vertx.cancelTimer(timer);
    }
}
