/**
 * Whole clusters in one thread and virtual time: the production Raft core, replica, broker state, peer codec and mmap store;
 * only time, network and disk are simulated. All that goes wrong is drawn from one seed, so that a failing seed fails again.
 *
 * <p>{@link io.vledger.sim.Simulation} is one run. {@link io.vledger.sim.Cluster} holds the nodes and their world,
 * {@link io.vledger.sim.Faults} and {@link io.vledger.sim.Workload} act on them, and
 * {@link io.vledger.sim.check.Promises} judges. {@link io.vledger.sim.Main} runs many.
 */
@NullMarked
package io.vledger.sim;

import org.jspecify.annotations.NullMarked;
