/** The node's own log of changes of state: one file, in lines of JSON, with rotation. Written by one thread of its own. */
@NullMarked
package io.vledger.kernel.audit;

import org.jspecify.annotations.NullMarked;
