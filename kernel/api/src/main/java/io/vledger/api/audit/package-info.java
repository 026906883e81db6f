/** Who changed what: the log of changes of state that every node keeps. Safe for use by any thread. */
@NullMarked
package io.vledger.api.audit;

import org.jspecify.annotations.NullMarked;
