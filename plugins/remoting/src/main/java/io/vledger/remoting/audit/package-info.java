/** What the audit log says of requests: which of them change state, and what is said about each. Event loops of connections. */
@NullMarked
package io.vledger.remoting.audit;

import org.jspecify.annotations.NullMarked;
