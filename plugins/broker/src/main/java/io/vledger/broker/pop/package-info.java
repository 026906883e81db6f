/**
 * POP consumption: requests 200050 to 200055 and 200151, and the state behind them.
 *
 * <p>A message that is given to a consumer becomes invisible to the others of its group for a time that the consumer chooses. It is gone
 * when it is acknowledged in that time; otherwise it is stored again in a retry topic of group and topic, or as a dead letter. What RocketMQ
 * writes as checkpoints into topics of its own is {@link io.vledger.broker.pop.PopState} here, which the log replicates: an answer to a
 * pop leaves after its take is committed, an answer to an acknowledgement after that is, and what is over is stored again and forgotten
 * in one entry. So a change of leader changes nothing that a client knows.
 *
 * <p>Everything runs on the group's loop. Only {@code PopState} decides on what entries mean; everything else is a leader's, is forgotten
 * with the leadership, and proposes. Of the two clocks that may differ, see {@link io.vledger.broker.pop.PopClock}.
 */
@NullMarked
package io.vledger.broker.pop;

import org.jspecify.annotations.NullMarked;
