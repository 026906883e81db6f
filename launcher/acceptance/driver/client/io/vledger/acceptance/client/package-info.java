/**
 * A program that holds RocketMQ clients and drives them as a test commands, line by line.
 *
 * <p>The same sources are compiled against each client release; what differs between them is in {@code Release}, one
 * class of each module. Clients are named by the test, live until they are stopped or the standard input ends, and
 * report every message that a listener receives as an event. Commands run on threads of their own, so a slow one does
 * not hold up the others; answers may overtake each other.
 */
@NullMarked
package io.vledger.acceptance.client;

import org.jspecify.annotations.NullMarked;
