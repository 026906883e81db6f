package io.vledger.api.origin;

import java.util.List;

/**
 * The first start of a group, which needs every member once.
 *
 * @param waitedMs how long this member has waited
 * @param missing ids of the members that it waits for
 */
public record FirstStart(long waitedMs, List<String> missing) {
    /** Copies the list. */
    public FirstStart {
        missing = List.copyOf(missing);
    }
}
