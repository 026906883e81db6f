/**
 * The health endpoint: what probes and people ask a node over HTTP.
 *
 * <p>The plugin requires nothing but the kernel's health registry, so it listens while everything else is still starting and
 * can say so. Answers are built from what is known already, on the plugin's own loop; a question costs no I/O.
 */
@NullMarked
package io.vledger.http;

import org.jspecify.annotations.NullMarked;
