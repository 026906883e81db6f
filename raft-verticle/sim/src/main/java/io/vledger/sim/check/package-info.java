/**
 * What must hold, one class for each promise. They see every step and keep the one history that all members must
 * agree with; none looks into the Raft core.
 */
@NullMarked
package io.vledger.sim.check;

import org.jspecify.annotations.NullMarked;
