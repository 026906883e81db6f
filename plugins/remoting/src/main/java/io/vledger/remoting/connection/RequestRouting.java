package io.vledger.remoting.connection;

import io.vledger.api.audit.AuditLog;
import io.vledger.api.rpc.Handlers;

/**
 * Where the requests of a connection go.
 *
 * @param handlers serve them, by code
 * @param filters look at them before
 * @param audit records what changes state
 * @param group name of the group that the listener serves, or empty; filters are given it
 */
record RequestRouting(Handlers handlers, Filters filters, AuditLog audit, String group) {}
