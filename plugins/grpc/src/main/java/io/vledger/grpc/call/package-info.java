/**
 * What all calls have in common: the messages' encoding, what the metadata say about the client, checks of names, and statuses.
 *
 * <p>Runs on the plugin's one event loop.
 */
@NullMarked
package io.vledger.grpc.call;

import org.jspecify.annotations.NullMarked;
