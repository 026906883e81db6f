package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vledger.api.net.SharedSecrets;
import io.vledger.api.plugin.GroupConfig.PeerSecurity;
import io.vledger.raft.driver.wire.AuthenticationFrames.Challenge;
import io.vledger.raft.driver.wire.AuthenticationFrames.Claim;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How this member of a group authenticates others, and itself to them, by a shared secret. For the group's loop.
 *
 * <p>The dialler says who it is; the acceptor proves that it knows a secret; the dialler verifies that and proves the same; only then does
 * the acceptor look at another frame. {@link PeerSecurity.Mode} says what happens with one who does not.
 */
final class PeerAuthentication {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String group;
    private final String node;
    private final PeerSecurity.Mode mode;
    private final Supplier<SharedSecrets> secrets;

    /**
     * The rules of one group on this node.
     *
     * @param node this node's id
     * @param secrets those of this moment
     */
    PeerAuthentication(String group, String node, PeerSecurity.Mode mode, Supplier<SharedSecrets> secrets) {
        this.group = group;
        this.node = node;
        this.mode = mode;
        this.secrets = secrets;
    }

    /** Whether this side authenticates itself on connections that it opens. */
    boolean offered() {
        return mode != PeerSecurity.Mode.OFF;
    }

    /** Whether nothing is taken from one who has not authenticated itself. */
    boolean required() {
        return mode == PeerSecurity.Mode.REQUIRED;
    }

    /** Begins on a connection that this side opened. */
    Dialling dial(String member) {
        return new Dialling(new Claim(group, node, member, nonce()));
    }

    /**
     * Begins on a connection that this side accepted.
     *
     * @throws PeerCodec.BadFrame if the other side looks for another member
     */
    Accepting accept(Claim claim) throws PeerCodec.BadFrame {
        if (!claim.group().equals(group) || !claim.to().equals(node)) {
            throw new PeerCodec.BadFrame("it looks for node " + claim.to() + " of group " + claim.group()
                    + ", this is node " + node + " of group " + group + "; compare the lists of peers");
        }
        return new Accepting(claim, nonce());
    }

    private static byte[] nonce() {
        byte[] nonce = new byte[PeerProof.NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    /** The dialler's part of one connection. */
    final class Dialling {
        private final Claim claim;

        private Dialling(Claim claim) {
            this.claim = claim;
        }

        /** What it sends first. */
        Claim claim() {
            return claim;
        }

        /**
         * Verifies the acceptor.
         *
         * @return the proof to send; null to go on without one, where that is allowed
         * @throws PeerCodec.BadFrame if the acceptor is not believed
         */
        byte @Nullable [] answer(Challenge challenge) throws PeerCodec.BadFrame {
            PeerProof proof = new PeerProof(group, node, claim.to(), claim.nonce(), challenge.nonce());
            for (byte[] secret : secrets.get().all()) {
                for (byte[] given : challenge.proofs()) {
                    if (proof.proves(PeerProof.Side.ACCEPTOR, secret, given)) {
                        return proof.by(PeerProof.Side.DIALLER, secret);
                    }
                }
            }
            if (required()) {
                throw new PeerCodec.BadFrame(
                        challenge.proofs().isEmpty()
                                ? "it has no secret of the group; give it the one that this node has"
                                : "it has another secret of the group than this node; compare the files");
            }
            return null;
        }
    }

    /** The acceptor's part of one connection. */
    final class Accepting {
        private final Claim claim;
        private final byte[] nonce;

        private Accepting(Claim claim, byte[] nonce) {
            this.claim = claim;
            this.nonce = nonce;
        }

        /** What it answers to the claim. */
        Challenge challenge() {
            PeerProof proof = proof();
            List<byte[]> proofs = new ArrayList<>();
            if (offered()) {
                secrets.get().all().forEach(secret -> proofs.add(proof.by(PeerProof.Side.ACCEPTOR, secret)));
            }
            return new Challenge(nonce, proofs);
        }

        /**
         * Verifies the dialler.
         *
         * @return the node that it has proved to be
         * @throws PeerCodec.BadFrame if the proof is wrong
         */
        String verify(byte[] given) throws PeerCodec.BadFrame {
            PeerProof proof = proof();
            for (byte[] secret : secrets.get().all()) {
                if (proof.proves(PeerProof.Side.DIALLER, secret, given)) {
                    return claim.from();
                }
            }
            throw new PeerCodec.BadFrame(
                    "it says it is node " + claim.from()
                            + " and does not know this group's secret; if it is a member, give it the secret that this node has");
        }

        private PeerProof proof() {
            return new PeerProof(group, claim.from(), node, claim.nonce(), nonce);
        }
    }

    /** Refuses a first frame of one who should have authenticated itself. */
    void requireClaim(ByteBuf frame) throws PeerCodec.BadFrame {
        if (required() && !AuthenticationFrames.isClaim(frame)) {
            throw new PeerCodec.BadFrame(
                    "it does not authenticate itself, and this node requires that (groups[].peerSecurity.mode)");
        }
    }
}
