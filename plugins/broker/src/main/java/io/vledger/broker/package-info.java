/**
 * The broker plugin: opens the configured groups, gives each its state machine and request handlers, listens for clients on
 * the group's own loop, and gives the name service what is to be published.
 *
 * <p>Below it, {@code state} is what members agree on, {@code group} what handlers share, and every other package one family
 * of requests or one duty of a leader. None of them knows Vert.x, so that a simulation runs the very same code.
 */
@NullMarked
package io.vledger.broker;

import org.jspecify.annotations.NullMarked;
