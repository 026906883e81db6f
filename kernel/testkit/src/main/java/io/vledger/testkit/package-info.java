/**
 * What tests of plugins share: a simulated disk, seeded runs, and the contracts that every storage backend keeps.
 *
 * <p>A backend's test is a subclass of a contract that supplies its provider. Nothing here is part of a running node.
 */
@NullMarked
package io.vledger.testkit;

import org.jspecify.annotations.NullMarked;
