/**
 * Vledger as its users meet it: real node processes and unmodified RocketMQ clients in both supported releases.
 *
 * <p>Each class starts what it needs once and shares it among its tests; topics and groups are a test's own.
 */
@NullMarked
package io.vledger.acceptance;

import org.jspecify.annotations.NullMarked;
