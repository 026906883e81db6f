package io.vledger.remoting.connection;

import io.vertx.core.json.JsonObject;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client made of a plain socket, independent of the production code. */
final class RawPeer implements AutoCloseable {
    /** A frame with its header, which must be JSON. */
    record Answer(JsonObject header, byte[] body) {
        int code() {
            return header.getInteger("code");
        }

        int opaque() {
            return header.getInteger("opaque");
        }
    }

    final Socket socket;
    private final DataInputStream in;

    RawPeer(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    Answer receive() throws IOException {
        int length = in.readInt();
        int word = in.readInt();
        if (word >>> 24 != 0) {
            throw new IOException("not a JSON header: " + Integer.toHexString(word));
        }
        byte[] header = new byte[word];
        in.readFully(header);
        byte[] body = new byte[length - 4 - header.length];
        in.readFully(body);
        return new Answer(new JsonObject(new String(header, StandardCharsets.UTF_8)), body);
    }

    byte[] receiveFrame() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return frame;
    }

    Answer call(byte[] request) throws IOException {
        send(request);
        return receive();
    }

    /** Whether the other side has closed, waiting for it if needed. */
    boolean ended() throws IOException {
        try {
            while (in.read() >= 0) {
                // what was sent before the end
            }
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
