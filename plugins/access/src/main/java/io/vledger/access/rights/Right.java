package io.vledger.access.rights;

import io.vledger.api.rpc.RpcRequest;
import java.util.List;

/**
 * The right that requests of some code need.
 *
 * @param words the right in words, for the list in the module's README
 * @param finder finds what a request needs; a user with a valid signature may send one that needs nothing
 */
public record Right(String words, Finder finder) {
    /** Finds what a request needs. */
    @FunctionalInterface
    public interface Finder {
        /**
         * Adds what a request needs; all of it must be granted.
         *
         * @throws io.vledger.protocol.json.JsonException if the body cannot be read
         */
        void find(RpcRequest request, List<Need> needs);
    }
}
