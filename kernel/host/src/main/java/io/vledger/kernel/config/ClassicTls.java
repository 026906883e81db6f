package io.vledger.kernel.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/**
 * RocketMQ's settings of TLS on the server's side. RocketMQ takes them from system properties and from a file of their own, which wins; a
 * {@code broker.conf} may have them here, too, and a line there counts less than both.
 */
final class ClassicTls {
    /** The file that holds the others. */
    private static final String FILE = "tls.config.file";

    /** Where RocketMQ looks for that file if nothing is said. */
    private static final Path USUAL_FILE = Path.of("/etc/rocketmq/tls.properties");

    /** What has a meaning, or can be ignored without harm: certificates of clients are always verified, and none is made up for a test. */
    static final Set<String> KEYS = Set.of(
            FILE,
            "tls.server.mode",
            "tls.server.certPath",
            "tls.server.keyPath",
            "tls.server.keyPassword",
            "tls.server.trustCertPath",
            "tls.server.need.client.auth",
            "tls.server.authClient",
            "tls.test.mode.enable");

    private ClassicTls() {}

    /**
     * What system properties and the file of their own say.
     *
     * @param conf the lines of the {@code broker.conf}, which may name the file
     * @param system the system properties
     * @throws ConfigException if the file is named and cannot be read
     */
    static Map<String, String> read(Map<String, String> conf, Properties system) {
        Map<String, String> found = new TreeMap<>();
        for (String key : KEYS) {
            String value = system.getProperty(key);
            if (value != null) {
                found.put(key, value);
            }
        }
        String named = found.getOrDefault(FILE, conf.getOrDefault(FILE, "")).trim();
        if (!named.isEmpty() || Files.isRegularFile(USUAL_FILE)) {
            Properties own = load(named.isEmpty() ? USUAL_FILE : Path.of(named));
            for (String key : KEYS) {
                String value = own.getProperty(key);
                if (value != null) {
                    found.put(key, value);
                }
            }
        }
        return found;
    }

    private static Properties load(Path file) {
        Properties own = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            own.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException(
                    FILE + " = " + file, "cannot be read (" + e.getClass().getSimpleName() + "); check the path");
        }
        return own;
    }
}
