/**
 * How members agree on what they go on from before a group's first start, and get what they lack from each other. {@link
 * io.vledger.importer.exchange.Agreement} decides and does no I/O; {@link io.vledger.importer.exchange.Preparation} asks, copies
 * and waits, on a thread of its own; {@link io.vledger.importer.exchange.PeerQueryHandler} answers the questions of others. Old files are only
 * read.
 */
@NullMarked
package io.vledger.importer.exchange;

import org.jspecify.annotations.NullMarked;
