/**
 * Deleting expired messages by the rules of RocketMQ's {@code DefaultMessageStore.CleanCommitLogService} (5.5.0), with more care for
 * what an earlier broker left.
 *
 * <p>{@code RetentionRules} decides: a pure function of the files, the disks, the time and the configuration. {@code Retention} checks
 * every ten seconds and carries out. By age and size the leader decides, and proposes it, so that the first queue offsets are the
 * same on all members; a disk that is too full concerns only the member that has it. Old files
 * are deleted by each member for itself, because they are not part of the replicated log. The newest file of either log always stays.
 */
@NullMarked
package io.vledger.broker.retention;

import org.jspecify.annotations.NullMarked;
