package io.vledger.hazelcast;

import com.hazelcast.nio.MemberSocketInterceptor;
import io.vledger.api.net.SharedSecrets;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What two members prove to each other before Hazelcast sends or reads a byte on a connection: that each knows a secret. A proof is an
 * HMAC-SHA256 over who proves it and a random number of each side, so it can be neither replayed nor sent back to its maker.
 *
 * <pre>
 * who connects   4 bytes magic, 32 bytes nonce
 * who accepts    32 bytes nonce, byte count, that many proofs of 32 bytes, one for each of its secrets
 * who connects   32 bytes proof
 * </pre>
 *
 * <p>Blocks for {@value #PATIENCE_MS} ms at most for each read; Hazelcast calls it on threads for that. Any thread.
 */
final class MemberGate implements MemberSocketInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(MemberGate.class);
    private static final int MAGIC = 0x564C4431;
    private static final int NONCE_BYTES = 32;
    private static final int PROOF_BYTES = 32;
    private static final int MAX_PROOFS = 2;
    private static final int PATIENCE_MS = 2_000;
    private static final long LOG_NANOS = 60_000_000_000L;
    private static final byte[] PURPOSE = "vledger-discovery-1".getBytes(StandardCharsets.US_ASCII);
    private static final byte CONNECTS = 1;
    private static final byte ACCEPTS = 2;

    private final Supplier<SharedSecrets> secrets;
    private final SecureRandom random = new SecureRandom();
    /** When the last refusal was logged; guarded by this. */
    private long loggedNanos = System.nanoTime() - LOG_NANOS;

    /** @param secrets those of this moment */
    MemberGate(Supplier<SharedSecrets> secrets) {
        this.secrets = secrets;
    }

    @Override
    public void init(Properties properties) {}

    @Override
    public void onConnect(Socket socket) throws IOException {
        guarded(socket, () -> {
            byte[] own = nonce();
            OutputStream out = socket.getOutputStream();
            out.write(ByteBuffer.allocate(Integer.BYTES + NONCE_BYTES)
                    .putInt(MAGIC)
                    .put(own)
                    .array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] other = read(in, NONCE_BYTES);
            int count = in.readByte();
            if (count < 1 || count > MAX_PROOFS) {
                throw new IOException("it does not answer as a member does");
            }
            byte[] proofs = read(in, count * PROOF_BYTES);
            out.write(proof(secretOf(proofs, ACCEPTS, own, other), CONNECTS, own, other));
        });
    }

    @Override
    public void onAccept(Socket socket) throws IOException {
        guarded(socket, () -> {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            if (in.readInt() != MAGIC) {
                throw new IOException("it does not begin as a member with a secret does");
            }
            byte[] other = read(in, NONCE_BYTES);
            byte[] own = nonce();
            List<byte[]> all = secrets.get().all();
            ByteBuffer answer = ByteBuffer.allocate(NONCE_BYTES + 1 + all.size() * PROOF_BYTES);
            answer.put(own).put((byte) all.size());
            for (byte[] secret : all) {
                answer.put(proof(secret, ACCEPTS, other, own));
            }
            socket.getOutputStream().write(answer.array());
            secretOf(read(in, PROOF_BYTES), CONNECTS, other, own);
        });
    }

    @FunctionalInterface
    private interface Exchange {
        void run() throws IOException;
    }

    private void guarded(Socket socket, Exchange exchange) throws IOException {
        int patience = socket.getSoTimeout();
        socket.setSoTimeout(PATIENCE_MS);
        try {
            exchange.run();
        } catch (IOException refused) {
            log(socket, refused);
            throw refused;
        }
        socket.setSoTimeout(patience);
    }

    /** Anybody can cause it. */
    private synchronized void log(Socket socket, IOException refused) {
        if (System.nanoTime() - loggedNanos >= LOG_NANOS) {
            loggedNanos = System.nanoTime();
            String why = refused instanceof EOFException || refused instanceof SocketTimeoutException
                    ? "it does not say what a member with the secret says"
                    : refused.getMessage();
            LOG.warn(
                    "discovery: the connection with {} is refused: {}; if it is a node, give it the secret of the others",
                    socket.getRemoteSocketAddress(),
                    why);
        }
    }

    private byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    private static byte[] read(DataInputStream in, int bytes) throws IOException {
        byte[] read = new byte[bytes];
        in.readFully(read);
        return read;
    }

    /** The secret by which one of some proofs was made. */
    private byte[] secretOf(byte[] proofs, byte side, byte[] connects, byte[] accepts) throws IOException {
        for (byte[] secret : secrets.get().all()) {
            byte[] expected = proof(secret, side, connects, accepts);
            for (int at = 0; at < proofs.length; at += PROOF_BYTES) {
                if (MessageDigest.isEqual(expected, Arrays.copyOfRange(proofs, at, at + PROOF_BYTES))) {
                    return secret;
                }
            }
        }
        throw new IOException("it does not know the secret");
    }

    private static byte[] proof(byte[] secret, byte side, byte[] connects, byte[] accepts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, mac.getAlgorithm()));
            mac.update(PURPOSE);
            mac.update(side);
            mac.update(connects);
            mac.update(accepts);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HMAC-SHA256", e);
        }
    }
}
