/**
 * The brokers behind the service: where topics are, and connections to groups of this process and to others.
 *
 * <p>Runs on the plugin's one event loop.
 */
@NullMarked
package io.vledger.grpc.broker;

import org.jspecify.annotations.NullMarked;
