/**
 * Access control of RocketMQ 4.x (ACL 1.0): accounts in {@code conf/plain_acl.yml} and {@code conf/acl/*.yml}, each member's own files.
 *
 * <p>Threads: rules are immutable; {@link io.vledger.access.plain.PlainFiles} reads and writes files and belongs on a worker.
 */
@NullMarked
package io.vledger.access.plain;

import org.jspecify.annotations.NullMarked;
