package io.vledger.importer.inspect;

import java.util.List;

/**
 * Whether the members of a group can start together, and what would happen.
 *
 * @param go whether they can
 * @param source the member whose data would count; empty if none would
 * @param steps what would happen, in order
 * @param obstacles why they cannot; empty if they can
 * @param copyBytes bytes that members would take from others
 */
public record StartForecast(boolean go, String source, List<String> steps, List<String> obstacles, long copyBytes) {
    /** They can. */
    public static StartForecast go(String source, List<String> steps, long copyBytes) {
        return new StartForecast(true, source, List.copyOf(steps), List.of(), copyBytes);
    }

    /** They cannot. */
    public static StartForecast stop(List<String> obstacles) {
        return new StartForecast(false, "", List.of(), List.copyOf(obstacles), 0);
    }
}
