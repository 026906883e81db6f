/**
 * Configuration of a node: read through Vert.x Config, validated once, then immutable.
 *
 * <p>Two spellings exist, the JSON file of {@code -conf} and RocketMQ's {@code broker.conf} of {@code -c}. Both become one
 * JSON tree, and one reader ({@link io.vledger.kernel.config.NodeReader}) turns that tree into typed records, so that a rule
 * holds for both and is written once. Every key is one row of {@link io.vledger.kernel.config.ConfigKeys}; defaults, bounds
 * and the reference page come from there.
 *
 * <p>Whatever is wrong ends in a {@link io.vledger.kernel.config.ConfigException} whose message is one line: file, key, value
 * and the remedy.
 */
@NullMarked
package io.vledger.kernel.config;

import org.jspecify.annotations.NullMarked;
