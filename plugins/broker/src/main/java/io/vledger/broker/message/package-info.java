/**
 * Getting stored messages out of the log, by position. Reads at or above the log's hot position are done on the loop; others
 * go through {@link io.vledger.broker.message.ColdReads}, so that no page fault stalls a group. Only applied messages are
 * ever shown.
 */
@NullMarked
package io.vledger.broker.message;

import org.jspecify.annotations.NullMarked;
