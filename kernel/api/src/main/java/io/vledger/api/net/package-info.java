/** Addresses of nodes, and what members of a group ask each other beside Raft. */
@NullMarked
package io.vledger.api.net;

import org.jspecify.annotations.NullMarked;
