package io.vledger.api.rpc;

import org.jspecify.annotations.Nullable;

/**
 * Signs what a node asks other nodes of its deployment for in its own name, so that their access control takes it. Offered as a service
 * under {@code ""} where there is access control. Any thread.
 */
@FunctionalInterface
public interface RequestSigner {
    /** The fields of a request, and those that sign it together with its body. */
    FieldWriter sign(FieldWriter fields, byte @Nullable [] body);
}
