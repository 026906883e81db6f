package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection that was accepted, until its first frame says what it is for. For the group's loop. */
final class InboundConnection implements PeerSocket.Handler {
    private final GroupTransport transport;
    private final Vertx vertx;
    private final NetSocket accepted;
    private final PeerSocket socket;
    private PeerAuthentication.@Nullable Accepting authenticating;
    /** Whether nothing more is asked of the other side before its first frame is looked at. */
    private boolean authenticated;

    private long timer;

    /** @param helloMs how long the other side may say nothing */
    InboundConnection(GroupTransport transport, Vertx vertx, NetSocket accepted, int helloMs) {
        this.transport = transport;
        this.vertx = vertx;
        this.accepted = accepted;
        this.socket = new PeerSocket(accepted, this);
        transport.unidentified().add(socket);
        if (transport.authentication().required()) {
            socket.acceptAuthenticationOnly();
        }
        this.timer = vertx.setTimer(helloMs, late -> {
            transport
                    .warnings()
                    .stranger(socket.address(), socket.remote() + " sent no hello within " + helloMs + " ms, closing");
            socket.abort();
        });
    }

    @Override
    public void frame(ByteBuf frame) throws PeerCodec.BadFrame {
        PeerAuthentication.Accepting begun = authenticating;
        if (!authenticated && begun != null && AuthenticationFrames.isProof(frame)) {
            verify(begun, AuthenticationFrames.decodeProof(frame));
        } else if (!authenticated && begun == null && AuthenticationFrames.isClaim(frame)) {
            begun = transport.authentication().accept(AuthenticationFrames.decodeClaim(frame));
            authenticating = begun;
            socket.send(AuthenticationFrames.encode(begun.challenge(), socket.allocator()));
        } else {
            if (!authenticated) {
                transport.authentication().requireClaim(frame);
            }
            first(frame);
        }
    }

    private void verify(PeerAuthentication.Accepting begun, byte[] proof) throws PeerCodec.BadFrame {
        try {
            socket.authenticated(begun.verify(proof));
            transport.unidentified().identified(socket);
        } catch (PeerCodec.BadFrame wrong) {
            if (transport.authentication().required()) {
                refuse(wrong);
                return;
            }
            transport.warnings().stranger(socket.address(), socket.remote() + ": " + wrong.getMessage());
        }
        authenticated = true;
        socket.acceptFirstFrames();
    }

    /** Closes it, and the later, the more often somebody at that address did not know the secret: as one who guesses learns last. */
    private void refuse(PeerCodec.BadFrame wrong) {
        rejected(wrong);
        vertx.cancelTimer(timer);
        InetAddress address = socket.inetAddress();
        long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        long delayMs = address == null ? 0 : transport.unproven().failed(address, nowMs);
        if (delayMs > 0) {
            socket.pause();
            timer = vertx.setTimer(delayMs, paid -> socket.abort());
        } else {
            socket.close();
        }
    }

    private void first(ByteBuf frame) throws PeerCodec.BadFrame {
        vertx.cancelTimer(timer);
        ChannelType channel = ChannelType.ofRequest(frame);
        if (channel != null) {
            transport.tls().verify(accepted, null);
            PeerSocket.Handler responder = transport.responder(channel, socket);
            socket.handOver(responder);
            responder.frame(frame);
        } else if (PeerCodec.isAddressQuestion(frame)) {
            AddressQuestion question = PeerCodec.decodeAddressQuestion(frame);
            requireOwnName(question.from());
            boolean ours = transport.dialled(question);
            reply(PeerCodec.encodeAddressAnswer(ours, socket.allocator()));
        } else if (PeerCodec.isHello(frame)) {
            requireOwnName(PeerCodec.decodeHello(frame.duplicate()).from());
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

    private void requireOwnName(String claimed) throws PeerCodec.BadFrame {
        if (!socket.maySpeakFor(claimed)) {
            throw new PeerCodec.BadFrame("it says it is node " + claimed + ", and has authenticated itself as another");
        }
        transport.tls().verify(accepted, claimed);
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
                .stranger(socket.address(), "closing the connection with " + socket.remote() + ": " + why.getMessage());
    }

    @Override
    public void closed() {
        vertx.cancelTimer(timer);
    }
}
