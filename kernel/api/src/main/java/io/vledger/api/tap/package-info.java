/**
 * Reading what a group has committed, for audits, exports and webhooks.
 *
 * <p>A reader pulls: it keeps its own place, an index, and asks for what comes after. So a slow one holds up nobody, one that
 * was stopped continues where it was, and a node without readers pays nothing. Nothing here can change what is applied.
 */
@NullMarked
package io.vledger.api.tap;

import org.jspecify.annotations.NullMarked;
