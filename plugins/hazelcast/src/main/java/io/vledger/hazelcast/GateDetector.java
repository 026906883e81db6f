package io.vledger.hazelcast;

import static com.hazelcast.internal.networking.HandlerStatus.CLEAN;

import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.networking.InboundHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The first handler of an accepted connection while members with and without a secret are taken: one that begins as at a gate has to prove
 * that it knows the secret, and one that begins as Hazelcast does goes on as such. It takes no more than {@link GateProof} says at a time,
 * and leaves the pipeline afterwards, so that nothing of what follows is held up in it. On the channel's own thread.
 */
final class GateDetector extends InboundHandler<ByteBuffer, ByteBuffer> {
    /** As many as Hazelcast's own decoder looks at: it takes no more before it knows whose they are. */
    private static final int FIRST_BYTES = 3;

    private static final byte[] FIRST = Arrays.copyOf(
            ByteBuffer.allocate(Integer.BYTES).putInt(GateProof.FIRST_WORD).array(), FIRST_BYTES);
    private static final int REST_OF_HELLO_BYTES = Integer.BYTES - FIRST_BYTES + GateProof.NONCE_BYTES;

    private final GateProof proof;
    private final byte[] own;
    private byte @Nullable [] other;
    private boolean atGate;

    GateDetector(GateProof proof) {
        this.proof = proof;
        this.own = proof.nonce();
    }

    @Override
    public void handlerAdded() {
        initSrcBuffer(Math.max(REST_OF_HELLO_BYTES, GateProof.PROOF_BYTES));
        src.limit(FIRST_BYTES);
    }

    @Override
    public HandlerStatus onRead() throws Exception {
        ByteBuffer in = src;
        if (in.hasRemaining()) {
            return CLEAN;
        }
        in.flip();
        byte[] read = new byte[in.remaining()];
        in.get(read);
        in.clear();
        byte[] nonce = other;
        if (nonce != null) {
            proof.check(read, nonce, own);
            channel.inboundPipeline().remove(this);
        } else if (atGate) {
            if (read[0] != (byte) GateProof.FIRST_WORD) {
                throw new IOException("it does not begin as a member with a secret does");
            }
            other = Arrays.copyOfRange(read, Integer.BYTES - FIRST_BYTES, read.length);
            answer(proof.answer(other, own));
        } else if (Arrays.equals(read, FIRST)) {
            atGate = true;
        } else {
            dst.put(read);
            channel.inboundPipeline().remove(this);
        }
        in.limit(wanted());
        return CLEAN;
    }

    private int wanted() {
        return other != null ? GateProof.PROOF_BYTES : atGate ? REST_OF_HELLO_BYTES : FIRST_BYTES;
    }

    /** Nothing was sent yet, so there is room for it. */
    private void answer(byte[] bytes) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        channel.socket().getChannel().write(out);
        if (out.hasRemaining()) {
            throw new IOException("the network takes nothing");
        }
    }
}
