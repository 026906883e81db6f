/**
 * The line protocol between a test and the RocketMQ client processes that it drives.
 *
 * <p>A client process reads one command a line on its standard input and writes one answer a line, in any order, to
 * its standard output; the number in front ties an answer to its command. Lines numbered 0 are events that nobody asked
 * for, such as a message handed to a listener. Nothing here knows RocketMQ or JUnit: both sides compile the same
 * sources, so that neither class path leaks into the other.
 */
@NullMarked
package io.vledger.acceptance.line;

import org.jspecify.annotations.NullMarked;
