package io.vledger.access.plain;

import io.vledger.access.rights.ResourceKind;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An account of ACL 1.0.
 *
 * @param accessKey its name
 * @param secretKey its secret
 * @param whiteRemoteAddress addresses from which nobody needs a signature to be this account; as written, empty for none
 * @param admin whether it may administer; RocketMQ holds it to its topics and groups all the same, if any are named
 * @param defaultTopicPerm for topics that are not named
 * @param defaultGroupPerm for groups that are not named
 * @param topicPerms by topic
 * @param groupPerms by group
 */
public record PlainAccount(
        String accessKey,
        String secretKey,
        String whiteRemoteAddress,
        boolean admin,
        PlainPermission defaultTopicPerm,
        PlainPermission defaultGroupPerm,
        Map<String, PlainPermission> topicPerms,
        Map<String, PlainPermission> groupPerms) {
    private static final int SHORTEST_KEY = 7;
    private static final int LONGEST_KEY_BYTES = 255;

    /** Checks the keys as RocketMQ does, and copies the maps. */
    public PlainAccount {
        topicPerms = Collections.unmodifiableMap(new LinkedHashMap<>(topicPerms));
        groupPerms = Collections.unmodifiableMap(new LinkedHashMap<>(groupPerms));
        if (accessKey.length() < SHORTEST_KEY || secretKey.length() < SHORTEST_KEY) {
            throw new IllegalArgumentException("The accessKey=" + accessKey
                    + " and its secretKey cannot be null and length should longer than " + (SHORTEST_KEY - 1));
        }
        if (accessKey.getBytes(StandardCharsets.UTF_8).length > LONGEST_KEY_BYTES) {
            throw new IllegalArgumentException("an accessKey of more than " + LONGEST_KEY_BYTES + " bytes");
        }
        AddressRange.parse(whiteRemoteAddress);
    }

    /** Whether it is held to its permissions: an administrator without any named is not. */
    boolean unlimited() {
        return admin && topicPerms.isEmpty() && groupPerms.isEmpty();
    }

    /** What it may do with a topic or a group. */
    PlainPermission on(ResourceKind kind, String name) {
        return kind == ResourceKind.GROUP
                ? groupPerms.getOrDefault(name, defaultGroupPerm)
                : topicPerms.getOrDefault(name, defaultTopicPerm);
    }

    /**
     * Reads {@code name=PERMISSION} pairs.
     *
     * @throws IllegalArgumentException if one is something else
     */
    public static Map<String, PlainPermission> permissions(@Nullable List<String> pairs) {
        Map<String, PlainPermission> permissions = new LinkedHashMap<>();
        for (String pair : pairs == null ? List.<String>of() : pairs) {
            int equals = pair.indexOf('=');
            if (equals <= 0 || equals != pair.lastIndexOf('=')) {
                throw new IllegalArgumentException("\"" + pair + "\" must be name=PERMISSION, such as topicA=SUB");
            }
            permissions.put(pair.substring(0, equals).strip(), PlainPermission.parse(pair.substring(equals + 1)));
        }
        return permissions;
    }
}
