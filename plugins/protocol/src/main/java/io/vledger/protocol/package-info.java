/**
 * The numbers of the RocketMQ remoting protocol: request and response codes, versions, languages. Facts only, no behaviour,
 * so that every plugin can carry its own copy.
 */
@NullMarked
package io.vledger.protocol;

import org.jspecify.annotations.NullMarked;
