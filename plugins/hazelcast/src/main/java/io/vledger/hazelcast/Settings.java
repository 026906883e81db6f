package io.vledger.hazelcast;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The section {@code plugins.hazelcast} of the configuration.
 *
 * @param host address that the member binds and is reached at
 * @param port its port
 * @param publicAddress {@code host:port} under which other members reach it, where that differs; else host and port
 * @param members {@code host:port} of members to join through, this one's among them or not
 * @param clusterName members of another name are not talked to
 * @param secretFile file with the secret of the nodes; empty for none
 * @param secretRequired whether nothing is said or believed without it
 */
record Settings(
        String host,
        int port,
        String publicAddress,
        List<String> members,
        String clusterName,
        String secretFile,
        boolean secretRequired) {
    private static final Set<String> KEYS =
            Set.of("host", "port", "publicAddress", "members", "clusterName", "secretFile", "secretMode");
    private static final Pattern ADDRESS = Pattern.compile("[^\\s,;]{1,255}:[1-9][0-9]{0,4}");
    private static final int DEFAULT_PORT = 5701;
    private static final int MAX_PORT = 65535;

    /**
     * Reads the section.
     *
     * @param cluster name of the node's cluster: the default of {@code clusterName}
     * @throws IllegalArgumentException that names key, value and remedy
     */
    static Settings of(JsonObject section, String cluster) {
        TreeSet<String> unknown = new TreeSet<>(section.fieldNames());
        unknown.removeAll(KEYS);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "plugins.hazelcast has unknown keys " + unknown + "; known are " + new TreeSet<>(KEYS));
        }
        String host = text(section, "host", "127.0.0.1");
        if (isAny(host) && !section.containsKey("publicAddress")) {
            throw wrong(
                    "host",
                    host,
                    "name the one address at which other nodes reach this one, or say that in publicAddress");
        }
        Object port = section.getValue("port", DEFAULT_PORT);
        if (!(port instanceof Integer number) || number < 1 || number > MAX_PORT) {
            throw wrong("port", port, "must be a number from 1 to " + MAX_PORT);
        }
        Object members = section.getValue("members", new JsonArray());
        if (!(members instanceof JsonArray array)) {
            throw wrong("members", members, "must be a list such as [\"127.0.0.1:5701\", \"127.0.0.1:5702\"]");
        }
        List<String> addresses = new ArrayList<>();
        for (Object member : array) {
            if (!(member instanceof String address) || !ADDRESS.matcher(address).matches()) {
                throw wrong("members", member, "must be host:port");
            }
            addresses.add(address);
        }
        String reached = text(section, "publicAddress", host + ":" + number);
        if (!ADDRESS.matcher(reached).matches()) {
            throw wrong("publicAddress", reached, "must be host:port");
        }
        String secretFile = section.containsKey("secretFile") ? text(section, "secretFile", "") : "";
        String mode = text(section, "secretMode", secretFile.isEmpty() ? "off" : "required");
        if (!Set.of("off", "permissive", "required").contains(mode) || mode.equals("off") != secretFile.isEmpty()) {
            throw wrong("secretMode", mode, "must be permissive or required with a secretFile, and off without one");
        }
        return new Settings(
                host,
                number,
                reached,
                List.copyOf(addresses),
                text(section, "clusterName", cluster),
                secretFile,
                mode.equals("required"));
    }

    /** Whether every address of the machine is bound. */
    boolean bindsAny() {
        return isAny(host);
    }

    private static boolean isAny(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    private static String text(JsonObject section, String key, String otherwise) {
        Object value = section.getValue(key, otherwise);
        if (!(value instanceof String text) || text.isBlank() || text.length() > 255) {
            throw wrong(key, value, "must be a text of at most 255 characters");
        }
        return text;
    }

    private static IllegalArgumentException wrong(String key, Object value, String remedy) {
        return new IllegalArgumentException("plugins.hazelcast." + key + " = " + value + ": " + remedy);
    }
}
