/** Drives unmodified clients of RocketMQ's gRPC protocol for the acceptance tests. */
@NullMarked
package io.vledger.acceptance.proxy;

import org.jspecify.annotations.NullMarked;
