package io.vledger.api.audit;

/**
 * A change of state, or the attempt at one. No part of it may be a secret.
 *
 * @param who the user, or the role of the token; empty if nobody asked
 * @param from the address that it came from; empty for the node itself
 * @param what the kind of change, for example {@code UPDATE_AND_CREATE_TOPIC} or {@code POST /v1/plugins}
 * @param about what was to be changed, for example {@code topic=orders}
 * @param result the code of the answer, with its words if it was refused
 * @param refused whether nothing was changed
 */
public record AuditEvent(String who, String from, String what, String about, String result, boolean refused) {}
