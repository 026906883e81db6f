/**
 * What a subscription selects: by tag, or by an SQL92 expression over the properties of a message.
 *
 * <p>A {@link io.vledger.broker.filter.MessageFilter} is immutable and may be used on any thread; it gives each thread that evaluates
 * messages a {@link io.vledger.broker.filter.MessageFilter.Matcher} of its own. Expressions come from clients: their length and depth are
 * bounded, and what an evaluation may cost is known beforehand, so that a reader can bound its steps.
 *
 * <p>The language is that of {@code rocketmq-filter} 5.5.0, with its conversions of types and its logic of three values. Expressions are
 * evaluated on the bytes of stored properties: no map and no strings are made.
 */
@NullMarked
package io.vledger.broker.filter;

import org.jspecify.annotations.NullMarked;
