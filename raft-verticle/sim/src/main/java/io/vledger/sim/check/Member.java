package io.vledger.sim.check;

import io.vledger.api.store.GroupStore;
import io.vledger.broker.state.BrokerState;

/** A node as checkers see it. */
public interface Member {
    /** Its id. */
    String id();

    /** Whether a process lives on it. */
    boolean running();

    /** Broker state of the running process. */
    BrokerState state();

    /** Store of the running process. */
    GroupStore store();
}
