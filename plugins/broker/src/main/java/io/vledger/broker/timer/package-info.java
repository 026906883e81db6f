/**
 * Messages that are delivered later: delay levels, times of delivery, and the recall of messages that wait.
 *
 * <p>What waits lies in a topic of its own, and what is known of it is replicated state: {@link io.vledger.broker.timer.TimerState} puts
 * a unit for each timer into the bucket of its minute, on every member, and remembers how far delivery is. Only a leader has {@link
 * io.vledger.broker.timer.TimerDelivery} and {@link io.vledger.broker.timer.DelayDelivery} do something: they take what is due in order, read it
 * off the loop, and propose its copies together with the new progress, in one part of an entry. So a message is delivered exactly
 * once, whichever leader does it. Loop only.
 */
@NullMarked
package io.vledger.broker.timer;

import org.jspecify.annotations.NullMarked;
