package io.vledger.raft.driver.wire;

/**
 * Asks at a member's configured address, when a connection was accepted in its name, whether it has made that connection. The
 * connection over which it is asked carries nothing else.
 *
 * @param group group that the connection is for
 * @param from who asks
 * @param to the member that is asked
 * @param nonce the number that the hello in question had
 */
record AddressQuestion(String group, String from, String to, long nonce) {}
