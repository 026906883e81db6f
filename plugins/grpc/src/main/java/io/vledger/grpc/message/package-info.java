/**
 * Messages, receipts and transaction ids, translated between the two protocols.
 *
 * <p>Runs on the plugin's one event loop.
 */
@NullMarked
package io.vledger.grpc.message;

import org.jspecify.annotations.NullMarked;
