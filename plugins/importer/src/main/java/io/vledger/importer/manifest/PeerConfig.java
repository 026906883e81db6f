package io.vledger.importer.manifest;

import java.util.Map;

/**
 * Another member's configuration of its old broker.
 *
 * @param files text of the files by name
 * @param sameLog whether its log is the source's, byte for byte. Brokers write down how far consumers are every few seconds, and
 *     slaves copy it every ten: where the logs are one, the one that wrote down most is right, and not the one whose log is taken
 * @param reach position behind the last message of its log, also of those that give way
 */
public record PeerConfig(Map<String, String> files, boolean sameLog, long reach) {
    /** Copies the map. */
    public PeerConfig {
        files = Map.copyOf(files);
    }
}
