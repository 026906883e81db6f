/**
 * The {@code status} command: asks nodes over HTTP, puts together what they say of each group, and shows it as a table.
 *
 * <p>{@link io.vledger.launcher.status.ClusterSurvey} does the asking, with a bound on time and size of every answer;
 * {@link io.vledger.launcher.status.GroupState} judges what came back and does no I/O. One thread.
 */
@NullMarked
package io.vledger.launcher.status;

import org.jspecify.annotations.NullMarked;
