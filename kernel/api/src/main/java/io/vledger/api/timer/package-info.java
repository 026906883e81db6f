/** Timers that many parts of a process share. Any thread; no state. */
@NullMarked
package io.vledger.api.timer;

import org.jspecify.annotations.NullMarked;
