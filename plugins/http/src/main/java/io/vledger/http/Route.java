package io.vledger.http;

import io.vertx.core.http.HttpMethod;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One method of one path.
 *
 * @param method GET also answers HEAD
 * @param template the path; a segment in braces, such as <code>{group}</code>, is variable
 * @param role what a request must be allowed to; null if everybody may ask, as probes do
 * @param bodyBytes bound of the request's body; 0 if none is read
 * @param endpoint answers
 */
record Route(HttpMethod method, String template, @Nullable Role role, long bodyBytes, Endpoint endpoint) {

    /** Whether it changes state. */
    boolean changes() {
        return role != null && role != Role.READ;
    }

    /** The segments of a path, still encoded. */
    static List<String> segments(String path) {
        return List.of(path.split("/", -1));
    }

    /** The variable parts, if the path is one of this route's; else null. */
    @Nullable
    Map<String, String> match(List<String> path) {
        List<String> own = segments(template);
        if (own.size() != path.size()) {
            return null;
        }
        Map<String, String> found = new TreeMap<>();
        for (int i = 0; i < own.size(); i++) {
            String segment = own.get(i);
            if (segment.startsWith("{")) {
                String value = decode(path.get(i));
                if (value.isEmpty()) {
                    return null;
                }
                found.put(segment.substring(1, segment.length() - 1), value);
            } else if (!segment.equals(path.get(i))) {
                return null;
            }
        }
        return found;
    }

    private static String decode(String segment) {
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ApiException(
                    Response.BAD_REQUEST,
                    "the path has a % that is not followed by two hexadecimal digits",
                    "write it as %25");
        }
    }
}
