/** Tests of POP on a whole broker. */
@NullMarked
package io.vledger.broker.pop;

import org.jspecify.annotations.NullMarked;
