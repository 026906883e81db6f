/**
 * Which right each request code needs: the one table of it, {@link io.vledger.access.rights.RequestRights}. Stateless; any thread.
 */
@NullMarked
package io.vledger.access.rights;

import org.jspecify.annotations.NullMarked;
