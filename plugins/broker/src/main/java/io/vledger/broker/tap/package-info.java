/** What was committed, for whoever reads along. On the reader's thread; the group's loop has no part in it. */
@NullMarked
package io.vledger.broker.tap;

import org.jspecify.annotations.NullMarked;
