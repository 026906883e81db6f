/**
 * Figures for people and their tools, collected when somebody asks.
 *
 * <p>Who has figures offers a {@link io.vledger.api.metrics.MetricSource} as a service, under a name of its own; the HTTP
 * plugin asks all of them for every scrape. Counting is the owner's business and costs a scrape nothing while nobody looks;
 * a plugin's metrics go with its services.
 */
@NullMarked
package io.vledger.api.metrics;

import org.jspecify.annotations.NullMarked;
