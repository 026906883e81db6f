package io.vledger.remoting.connection;

import io.vledger.api.net.FailureDelays;
import io.vledger.remoting.stranger.FirstFrames;
import io.vledger.remoting.stranger.StrangerLimits;

/** What a node holds of, and about, those whom it does not know yet, at all of its ports. Any thread. */
final class Strangers {
    final StrangerLimits limits;
    final FirstFrames firstFrames;
    final FailureDelays failures = new FailureDelays();

    Strangers(StrangerLimits limits) {
        this.limits = limits;
        this.firstFrames = new FirstFrames(limits.firstFramesBytes());
    }
}
