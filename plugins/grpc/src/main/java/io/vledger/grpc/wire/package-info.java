/**
 * Where 5.x clients connect: the port, with or without TLS.
 *
 * <p>Runs on the plugin's one event loop.
 */
@NullMarked
package io.vledger.grpc.wire;

import org.jspecify.annotations.NullMarked;
