/**
 * The plugin that serves RocketMQ's 5.x clients: {@code apache.rocketmq.v2.MessagingService} over gRPC, in the process of the group's
 * members. What a call asks for is a request of the remoting protocol to the group's broker, which serves it or forwards it to the leader.
 *
 * <p>Runs on the plugin's one event loop.
 */
@NullMarked
package io.vledger.grpc;

import org.jspecify.annotations.NullMarked;
