/**
 * The methods of the service.
 *
 * <p>Runs on the plugin's one event loop.
 */
@NullMarked
package io.vledger.grpc.service;

import org.jspecify.annotations.NullMarked;
