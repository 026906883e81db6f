/** A Spring application with RocketMQ's starter for 5.x clients, for the acceptance tests. */
@NullMarked
package io.vledger.acceptance.spring;

import org.jspecify.annotations.NullMarked;
