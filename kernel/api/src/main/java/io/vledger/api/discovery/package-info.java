/**
 * Where brokers of groups may be found that this node has no member of, and that no name server announces.
 *
 * <p>What is found is a hint and no more: its user asks the address itself before it believes anything, and continues with
 * what it knew while nothing is found. Nothing in a group's own life, its elections least of all, may depend on it. Any thread.
 */
@NullMarked
package io.vledger.api.discovery;

import org.jspecify.annotations.NullMarked;
