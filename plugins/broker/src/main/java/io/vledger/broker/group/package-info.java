/**
 * What the request handlers of one group share: proposals of everything that is not a message, answers to refusals, and reading messages
 * by position. Consumer offsets are gathered into few entries; changes of topics and groups are proposed once, however many requests
 * wait for them.
 *
 * <p>Everything runs on the group's loop. Proposals are made on a leader only; every waiting request learns the outcome. Reads at or above
 * the log's hot position are done on the loop; others go through {@link io.vledger.broker.group.ColdReads}, so that no page fault stalls a
 * group. Only applied messages are ever shown.
 */
@NullMarked
package io.vledger.broker.group;

import org.jspecify.annotations.NullMarked;
