/**
 * Raft as a value: one single-threaded state machine that is stepped with inputs and returns effects. It does no I/O, reads
 * no clock, starts no thread and draws no random number; all of these are arguments. It sees of an entry its index and
 * term only.
 *
 * <p>Follows "In Search of an Understandable Consensus Algorithm" (the paper, cited by section) and Ongaro's dissertation:
 * pre-vote and check-quorum with leader stickiness (dissertation 9.6, 6.2), leadership transfer (3.10), read barrier (6.4),
 * a first entry in each term, and commitment by counting entries of the own term only (paper 5.4.2).
 *
 * <p><b>Lost memory.</b> Raft assumes that a member never forgets what it persisted. Disks get replaced and page caches get
 * lost, so each memory has a number, its <em>incarnation</em>, and the member list in the log names the incarnation of each
 * member whose memory the group relies on. A member that is not sure of its memory starts with a new, greater incarnation;
 * it is then {@linkplain io.vledger.raft.Standing#RECOVERING recovering}: the leader feeds it, but its acknowledgements and
 * votes do not count. When it has caught up the leader commits a member list with the new incarnation, counting the other
 * members only; from then on votes and acknowledgements of the old incarnation, still travelling, are void. A quorum is
 * therefore <em>a majority of all members, counting admitted incarnations</em>, or else <em>every member</em>: if all take
 * part, the one with the best log leads, nothing better being left anywhere. The second half of the rule is also what
 * starts a new group, whose members are all new, and what brings a group back when a power cut took all page caches at once.
 * See {@link io.vledger.raft.Quorum}.
 *
 * <p><b>Order of effects</b> is in the types: {@link io.vledger.raft.Effects} keeps messages that may leave at once apart
 * from those that must wait for the hard state of the same turn. Acknowledgements of entries are computed from what
 * {@link io.vledger.raft.Raft#synced} reported, so they cannot come early.
 */
@NullMarked
package io.vledger.raft;

import org.jspecify.annotations.NullMarked;
