/**
 * Access control of RocketMQ 5.x: users, and the policies that say what they may do. Values; any thread.
 */
@NullMarked
package io.vledger.access.policy;

import org.jspecify.annotations.NullMarked;
