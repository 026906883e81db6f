/**
 * JSON as RocketMQ writes it: standard JSON, and the liberties that its JSON library takes, which are maps with bare numeric
 * keys ({@code {0:"a"}}) and maps whose keys are objects ({@code {{"topic":"T","queueId":1}:7}}).
 *
 * <p>{@link io.vledger.protocol.json.Json} reads into plain collections, {@link io.vledger.protocol.json.JsonFields} takes
 * typed values out of those, {@link io.vledger.protocol.json.JsonWriter} writes. There is no mapping to classes. Nothing
 * here is shared between threads.
 */
@NullMarked
package io.vledger.protocol.json;

import org.jspecify.annotations.NullMarked;
