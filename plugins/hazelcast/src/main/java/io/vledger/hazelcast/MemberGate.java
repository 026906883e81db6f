package io.vledger.hazelcast;

import com.hazelcast.nio.MemberSocketInterceptor;
import io.vledger.api.net.SharedSecrets;
import io.vledger.api.net.WarningRate;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Properties;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What two members prove to each other before Hazelcast sends or reads a byte on a connection: that each knows a secret ({@link GateProof}).
 *
 * <p>While a running cluster is changed over, the gate is open: who accepts takes those who prove it and those who prove nothing
 * ({@link GateDetector}), and who connects proves it where it is asked for, which it finds out on a connection of its own, because a
 * member without a gate closes one that begins like this.
 *
 * <p>Blocks for {@value #PATIENCE_MS} ms at most for each read; Hazelcast calls it on threads for that. Any thread.
 */
final class MemberGate implements MemberSocketInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(MemberGate.class);
    private static final int PATIENCE_MS = 2_000;

    private final GateProof proof;
    private final boolean required;
    private final WarningRate refusals = new WarningRate();

    /**
     * A gate.
     *
     * @param secrets those of this moment
     * @param required whether nobody passes without a proof
     */
    MemberGate(Supplier<SharedSecrets> secrets, boolean required) {
        this.proof = new GateProof(secrets);
        this.required = required;
    }

    /** Whether nobody passes without a proof. */
    boolean required() {
        return required;
    }

    /** What looks at the first bytes of a connection that this side accepts, where the gate is open. */
    GateDetector detector() {
        return new GateDetector(proof);
    }

    @Override
    public void init(Properties properties) {}

    @Override
    public void onConnect(Socket socket) throws IOException {
        if (required || asksForProof(socket)) {
            guarded(socket, () -> prove(socket));
        }
    }

    /** Whether who accepts has a gate, and a secret that is known here. */
    private boolean asksForProof(Socket socket) {
        try (Socket question = new Socket()) {
            question.connect(socket.getRemoteSocketAddress(), PATIENCE_MS);
            question.setSoTimeout(PATIENCE_MS);
            prove(question);
            return true;
        } catch (IOException noGate) {
            LOG.debug("discovery: {} has no gate", socket.getRemoteSocketAddress(), noGate);
            return false;
        }
    }

    private void prove(Socket socket) throws IOException {
        byte[] own = proof.nonce();
        OutputStream out = socket.getOutputStream();
        out.write(GateProof.hello(own));
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] other = read(in, GateProof.NONCE_BYTES);
        int count = in.readByte();
        if (count < 1 || count > GateProof.MAX_PROOFS) {
            throw new IOException("it does not answer as a member does");
        }
        out.write(proof.last(read(in, count * GateProof.PROOF_BYTES), own, other));
    }

    @Override
    public void onAccept(Socket socket) throws IOException {
        if (!required) {
            return; // the detector's
        }
        guarded(socket, () -> {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            if (in.readInt() != GateProof.FIRST_WORD) {
                throw new IOException("it does not begin as a member with a secret does");
            }
            byte[] other = read(in, GateProof.NONCE_BYTES);
            byte[] own = proof.nonce();
            socket.getOutputStream().write(proof.answer(other, own));
            proof.check(read(in, GateProof.PROOF_BYTES), other, own);
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
    private void log(Socket socket, IOException refused) {
        if (refusals.admits()) {
            String why = refused instanceof EOFException || refused instanceof SocketTimeoutException
                    ? "it does not say what a member with the secret says"
                    : refused.getMessage();
            LOG.warn(
                    "discovery: the connection with {} is refused: {}; if it is a node, give it the secret of the others",
                    socket.getRemoteSocketAddress(),
                    why);
        }
    }

    private static byte[] read(DataInputStream in, int bytes) throws IOException {
        byte[] read = new byte[bytes];
        in.readFully(read);
        return read;
    }
}
