/** One member of a group in one thread with virtual time, and requests to it, for tests of handlers. */
@NullMarked
package io.vledger.broker.rig;

import org.jspecify.annotations.NullMarked;
