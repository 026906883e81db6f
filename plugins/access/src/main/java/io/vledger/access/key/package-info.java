/**
 * The key that the members of a deployment share: it seals the passwords of users in the log and in snapshots, and proves to a member that
 * another one sent a request. Immutable; any thread, but for reading files.
 */
@NullMarked
package io.vledger.access.key;

import org.jspecify.annotations.NullMarked;
