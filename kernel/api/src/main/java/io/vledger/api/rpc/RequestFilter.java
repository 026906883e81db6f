package io.vledger.api.rpc;

/**
 * Looks at every request of clients before its handler does: for quotas, audits, access control. Offered as a service under
 * the plugin's name by any plugin; filters are asked in the order of their names.
 */
@FunctionalInterface
public interface RequestFilter {
    /**
     * Called on the connection's loop; must not block. To refuse, throw a {@link RequestException}: its code and words are the
     * answer. Any other exception is logged, counts against the filter's plugin, and lets the request pass.
     *
     * @param group name of the group whose port the request came to, or {@code ""} for the name service's
     */
    void check(String group, RpcRequest request);
}
