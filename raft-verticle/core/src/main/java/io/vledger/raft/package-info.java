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
 * part, the one with the best log leads, and no better log exists. The second half of the rule is also what
 * starts a new group, whose members are all new, and what brings a group back when a power cut took all page caches at once.
 * See {@link io.vledger.raft.Quorum}.
 *
 * <p><b>Memories that went back in time.</b> A backup of a member's disk carries its incarnation, so the number alone does not
 * tell it from the memory that was lost. A member that detects that its disk is a copy takes a new incarnation before
 * it speaks; that is the driver's. This package notices the rest, by what others know:
 * <ul>
 *   <li>Each start with an incarnation has a count and a random run ({@link io.vledger.raft.MemberStart}); others keep the
 *       newest one with their hard state. An older count, or the same with another run, is of an older memory or of a second
 *       process.
 *   <li>A start whose term is before one in which the member voted for this one or followed it, or whose log ends before what
 *       it acknowledged to the leader of the same term, has forgotten that.
 * </ul>
 * Messages of such a member do not count, and it is informed; it then takes a new incarnation by itself, and recovers like one with
 * an empty disk. See {@link io.vledger.raft.Raft#startOver}.
 *
 * <p>A snapshot of a whole machine leaves no trace on the disk, and where everybody who knew better is down nobody can know. A
 * majority of such memories may commit other entries in place of what was acknowledged. It is noticed when somebody comes back
 * who holds these as committed: a leader has all that was committed before its term, so a member that holds a committed entry of
 * another term at or behind the first entry of the leader's term, or at an index for which the leader sends another term, does
 * not follow but answers with a conflict ({@link io.vledger.raft.Message.Conflict}). Which of the two histories is to stay cannot be decided
 * here: the leader stops leading and does not campaign as long as the other one is connected. Not noticed is a term that is led
 * twice, with other entries at the same indexes, by members that have all forgotten it.
 *
 * <p><b>Messages are not trusted.</b> No message of any content makes a member throw: numbers are bounded
 * ({@link io.vledger.raft.MessageBounds}), a term rises by a bounded step for each message, a second leader of a term is
 * refused. What was refused is handed out, to be counted and for the connection to be closed
 * ({@link io.vledger.raft.Violation}). A member that lies about what it has stored or voted is believed: that takes
 * authentication, not checks. A broken invariant of this member itself still throws.
 *
 * <p><b>Order of effects</b> is in the types of messages: {@link io.vledger.raft.Effects} keeps messages that may leave at once apart
 * from those that must wait for the hard state of the same turn. Acknowledgements of entries are computed from what
 * {@link io.vledger.raft.Raft#synced} reported, so they cannot come early.
 */
@NullMarked
package io.vledger.raft;

import org.jspecify.annotations.NullMarked;
