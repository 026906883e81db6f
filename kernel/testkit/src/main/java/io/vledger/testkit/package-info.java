/**
 * What tests of plugins share: a simulated disk, seeded runs, and the contracts that every storage backend and
 * every group keeps.
 *
 * <p>A test is a subclass of a contract that supplies the provider, or opens the group. Nothing here is part of a running node.
 */
@NullMarked
package io.vledger.testkit;

import org.jspecify.annotations.NullMarked;
