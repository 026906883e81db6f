package io.vledger.kernel.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keys of RocketMQ that protect data or keep somebody out, and that cannot be honoured: a file that asks for one stops the start,
 * where a broker that ignored it would look as safe as the one before and not be.
 */
final class ProtectiveKeys {
    private static final String NO_TLS =
            "is not done here, so something would go in clear that should not; the ports use TLS by tls.server.mode,"
                    + " tls.server.certPath and tls.server.keyPath; set those, and remove the line";

    private static final List<Rule> RULES = List.of(
            accessClass("authenticationProvider", "authentication.provider.DefaultAuthenticationProvider"),
            accessClass(
                    "authenticationMetadataProvider", "authentication.provider.LocalAuthenticationMetadataProvider"),
            accessClass(
                    "authenticationStrategy",
                    "authentication.strategy.StatelessAuthenticationStrategy",
                    "authentication.strategy.StatefulAuthenticationStrategy"),
            accessClass("authorizationProvider", "authorization.provider.DefaultAuthorizationProvider"),
            accessClass("authorizationMetadataProvider", "authorization.provider.LocalAuthorizationMetadataProvider"),
            accessClass(
                    "authorizationStrategy",
                    "authorization.strategy.StatelessAuthorizationStrategy",
                    "authorization.strategy.StatefulAuthorizationStrategy"),
            new Rule("useTLS", ProtectiveKeys::on, NO_TLS),
            new Rule(
                    "enableControllerMode",
                    ProtectiveKeys::on,
                    "the controller is not asked here, and without it this node would be alone; make it a member with"
                            + " enableDLegerCommitLog=true and dLegerPeers, and remove the line"),
            new Rule(
                    "allAckInSyncStateSet",
                    ProtectiveKeys::on,
                    "a send is acknowledged here when a majority has it, not all; remove the line if that is enough"),
            new Rule(
                    "rejectPullConsumerEnable",
                    ProtectiveKeys::on,
                    "pull consumers cannot be kept out yet; remove the line to let them in"),
            new Rule(
                    "messageStorePlugIn",
                    text -> !text.isEmpty(),
                    "store plugins of RocketMQ are not loaded, and what they keep elsewhere would be missing; remove the line if"
                            + " nothing is kept there"),
            new Rule(
                    "brokerConfigPaths",
                    text -> !text.isEmpty(),
                    "a broker container is not run here; start each of these files with -c, or list the groups in one JSON file"));

    private ProtectiveKeys() {}

    private interface Asks {
        boolean in(String value);
    }

    private record Rule(String key, Asks asks, String remedy) {}

    /** RocketMQ's own class does what is done here; another one cannot be loaded, and would let in and keep out others. */
    private static Rule accessClass(String key, String... same) {
        List<String> known = Arrays.stream(same)
                .map(name -> "org.apache.rocketmq.auth." + name)
                .toList();
        return new Rule(
                key,
                text -> !text.isEmpty() && !known.contains(text),
                "classes of RocketMQ's access control are not loaded, and only what " + String.join(" or ", known)
                        + " does is done here; remove the line if that is enough");
    }

    /** The keys that this class knows. */
    static Set<String> names() {
        Set<String> names = RULES.stream().map(Rule::key).collect(Collectors.toSet());
        names.addAll(Set.of("brokerRole", "inSyncReplicas", "minInSyncReplicas", "startAcceptSendRequestTimeStamp"));
        return names;
    }

    /** Whether this class looks at a key. */
    static boolean isKnown(String key) {
        return names().contains(key) || key.toLowerCase(Locale.ROOT).startsWith("tls.");
    }

    /**
     * Refuses what a file asks for and nobody would do.
     *
     * @param members of the group; 1 where the file switches replication off
     * @param nowMs milliseconds since the epoch
     */
    static void refuse(BrokerConf conf, int members, long nowMs) {
        for (Rule rule : RULES) {
            String value = conf.value(rule.key());
            if (value != null && rule.asks().in(value)) {
                throw conf.wrong(rule.key(), value, rule.remedy());
            }
        }
        for (String key : conf.keys()) {
            String value = conf.value(key);
            if (asksForTls(key, value)) {
                throw conf.wrong(key, String.valueOf(value), NO_TLS);
            }
        }
        refuseRole(conf, members);
        refuseCopies(conf, members, "inSyncReplicas");
        refuseCopies(conf, members, "minInSyncReplicas");
        String opens = conf.value("startAcceptSendRequestTimeStamp");
        if (opens != null && (!opens.matches("\\d{1,18}") || Long.parseLong(opens) > nowMs)) {
            throw conf.wrong(
                    "startAcceptSendRequestTimeStamp",
                    opens,
                    "sends cannot be held back until a time; start the node then, and remove the line");
        }
    }

    /**
     * Refuses system properties of RocketMQ that ask for TLS and do not count.
     *
     * @param properties the system properties, of which only names with {@code tls.} are looked at
     * @param classic whether those of the server's side count, beside a {@code broker.conf}
     */
    static void refuseSystemProperties(Map<String, String> properties, boolean classic) {
        properties.forEach((key, value) -> {
            String option = "-D" + key + "=" + value;
            if (asksForTls(key, value)) {
                throw new ConfigException(option, NO_TLS.replace("the line", "the option"));
            }
            if (!classic && ClassicTls.KEYS.contains(key) && says(value)) {
                throw new ConfigException(
                        option, "does not count beside a JSON file; set tls.* there, and remove the option");
            }
        });
    }

    private static boolean asksForTls(String key, @Nullable String value) {
        String plain = key.toLowerCase(Locale.ROOT);
        return plain.startsWith("tls.")
                && says(value)
                && !ClassicTls.KEYS.contains(key)
                && !plain.startsWith("tls.client.");
    }

    private static boolean says(@Nullable String value) {
        return value != null
                && !Set.of("", "false", "none", "disabled", "permissive").contains(value.toLowerCase(Locale.ROOT));
    }

    /** In a group of its own nobody has a copy; in a group of members everybody does, and the role means nothing. */
    private static void refuseRole(BrokerConf conf, int members) {
        String role = conf.value("brokerRole");
        if (role == null) {
            return;
        }
        if (!Set.of("ASYNC_MASTER", "SYNC_MASTER", "SLAVE").contains(role)) {
            throw conf.wrong("brokerRole", role, "must be ASYNC_MASTER, SYNC_MASTER or SLAVE");
        }
        String join = "enableDLegerCommitLog=true, dLegerPeers and dLegerSelfId make it a member of its group";
        if (role.equals("SLAVE") && members == 1) {
            throw conf.wrong(
                    "brokerRole", role, "there are no slaves, and alone this node would be a second master; " + join);
        }
        if (role.equals("SYNC_MASTER") && members == 1) {
            throw conf.wrong(
                    "brokerRole",
                    role,
                    "alone this node acknowledges what no other machine has; " + join
                            + ", or write ASYNC_MASTER if one copy is enough");
        }
    }

    private static void refuseCopies(BrokerConf conf, int members, String key) {
        String text = conf.value(key);
        if (text == null) {
            return;
        }
        int majority = members / 2 + 1;
        if (!text.matches("-?\\d{1,9}")) {
            throw conf.wrong(key, text, "must be a whole number");
        }
        if (Integer.parseInt(text) > majority) {
            throw conf.wrong(
                    key,
                    text,
                    "a send is acknowledged when a majority has it, " + majority + " of " + members
                            + " here; add members, or lower it");
        }
    }

    /** An operator who writes {@code yes} or {@code 1}, which RocketMQ takes for no, means yes. */
    private static boolean on(String value) {
        return !value.equalsIgnoreCase("false");
    }
}
