/**
 * RocketMQ's signature of requests. Not thread-safe: a group's loop has keys of its own.
 */
@NullMarked
package io.vledger.access.signature;

import org.jspecify.annotations.NullMarked;
