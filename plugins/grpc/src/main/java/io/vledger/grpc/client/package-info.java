/**
 * The clients: what each said about itself, its connections to brokers, and the stream by which it is asked.
 *
 * <p>Runs on the plugin's one event loop.
 */
@NullMarked
package io.vledger.grpc.client;

import org.jspecify.annotations.NullMarked;
