/** Addresses of nodes. */
@NullMarked
package io.vledger.api.net;

import org.jspecify.annotations.NullMarked;
