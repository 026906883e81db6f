/**
 * Letting old messages go, by the rules of RocketMQ's {@code DefaultMessageStore.CleanCommitLogService} (5.5.0), with more care for
 * what an older broker left.
 *
 * <p>{@code RetentionRules} decides: a pure function of the files, the disks, the time and the configuration. {@code Retention} looks
 * every ten seconds and carries out. By age and size the leader decides, and proposes it, so that the first queue offsets are the
 * same on all members; a disk that is too full is the business of the member that has it, and costs the others nothing. Old files
 * are deleted by each member for itself, because no entry of the log tells of them. The newest file of either log always stays.
 */
@NullMarked
package io.vledger.broker.retention;

import org.jspecify.annotations.NullMarked;
