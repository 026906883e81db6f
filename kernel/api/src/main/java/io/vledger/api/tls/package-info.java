/**
 * TLS on the ports of a node, and between members: what is configured, the certificates of this moment, and the handler that finds out
 * whether a connection begins with TLS. Handlers run on the connection's loop; files are read on worker threads.
 */
@NullMarked
package io.vledger.api.tls;

import org.jspecify.annotations.NullMarked;
