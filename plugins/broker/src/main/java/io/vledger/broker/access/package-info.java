/**
 * Access control: who sent a request, and who may send it. {@link io.vledger.broker.access.RequestGuard} looks at each request before its
 * handler does, where anything is configured; nothing of it is on a request's way otherwise.
 *
 * <p>Users and policies of RocketMQ 5 are part of the replicated state ({@link io.vledger.broker.access.AccessState}), with passwords sealed
 * by the key of {@code access.keyFile}. Accounts of ACL 1.0 are each member's files, as in RocketMQ 4. What members send each other is
 * proved with the key.
 *
 * <p><b>Threads.</b> Everything of a group runs on its loop; {@link io.vledger.broker.access.NodeAccess} is the node's, for any thread, and
 * reads files on workers.
 */
@NullMarked
package io.vledger.broker.access;

import org.jspecify.annotations.NullMarked;
