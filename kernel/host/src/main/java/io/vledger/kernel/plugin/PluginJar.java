package io.vledger.kernel.plugin;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/** A plugin's jar, read whole into memory, with its descriptor. Immutable. */
public final class PluginJar {
    /** Largest jar, packed or unpacked. */
    static final int MAX_BYTES = 256 << 20;

    private static final int MAX_ENTRIES = 100_000;

    private final String name;
    private final boolean bundled;
    private final Map<String, byte[]> entries;
    private final PluginDescriptor descriptor;
    private final String digest;

    private PluginJar(
            String name, boolean bundled, Map<String, byte[]> entries, PluginDescriptor descriptor, String digest) {
        this.name = name;
        this.bundled = bundled;
        this.entries = entries;
        this.descriptor = descriptor;
        this.digest = digest;
    }

    /** This jar with the digest of its bytes. */
    PluginJar withDigest(String value) {
        return new PluginJar(name, bundled, entries, descriptor, value);
    }

    /** The digest of its bytes; empty if it is not known. */
    String digest() {
        return digest;
    }

    /**
     * Reads a jar from a stream, which is not closed.
     *
     * @param name name for messages
     * @param bundled whether it came with the launcher, so that the node cannot do without it
     */
    public static PluginJar read(String name, boolean bundled, InputStream in) throws IOException {
        return read(name, bundled, false, in);
    }

    /**
     * Reads a jar that came with the launcher; of an optional one no more than its descriptor, see {@link #whole}.
     *
     * @param name name for messages
     */
    public static PluginJar readUnlessOptional(String name, InputStream in) throws IOException {
        return read(name, true, true, in);
    }

    private static PluginJar read(String name, boolean bundled, boolean unlessOptional, InputStream in)
            throws IOException {
        Map<String, byte[]> entries = new HashMap<>();
        long total = 0;
        try {
            ZipInputStream zip = new ZipInputStream(in);
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (!entry.isDirectory()) {
                    byte[] bytes = zip.readNBytes((int) (MAX_BYTES - total) + 1);
                    total += bytes.length;
                    if (total > MAX_BYTES) {
                        throw new PluginException(name + ": is larger than " + (MAX_BYTES >> 20) + " MiB unpacked");
                    }
                    entries.put(entry.getName(), bytes);
                    if (entries.size() > MAX_ENTRIES) {
                        throw new PluginException(name + ": has more than " + MAX_ENTRIES + " entries");
                    }
                    if (unlessOptional && entry.getName().equals(PluginDescriptor.PATH)) {
                        PluginDescriptor descriptor = descriptor(name, bytes);
                        if (descriptor.optional()) {
                            return new PluginJar(name, bundled, Map.of(), descriptor, "");
                        }
                    }
                }
            }
        } catch (ZipException | EOFException | IllegalArgumentException e) {
            throw new PluginException(name + ": is damaged: " + e.getMessage() + "; copy it again", e);
        }
        if (entries.isEmpty()) {
            throw new PluginException(name + ": is not a jar, or an empty one; copy it again");
        }
        byte[] text = entries.get(PluginDescriptor.PATH);
        if (text == null) {
            throw new PluginException(
                    name + ": has no " + PluginDescriptor.PATH + ", so it is not a plugin; remove it");
        }
        return new PluginJar(name, bundled, entries, descriptor(name, text), "");
    }

    private static PluginDescriptor descriptor(String name, byte[] text) {
        return PluginDescriptor.parse(name, new String(text, StandardCharsets.UTF_8));
    }

    /** Whether it was read whole, and so can be deployed. */
    public boolean whole() {
        return !entries.isEmpty();
    }

    /** Name for messages. */
    public String name() {
        return name;
    }

    /** Whether it came with the launcher. */
    public boolean bundled() {
        return bundled;
    }

    /** Its descriptor. */
    public PluginDescriptor descriptor() {
        return descriptor;
    }

    /** The bytes of an entry, not to be changed; null if there is none. */
    byte @Nullable [] entry(String path) {
        return entries.get(path);
    }

    /** The manifest, or null. */
    @Nullable
    Manifest manifest() {
        byte[] bytes = entries.get("META-INF/MANIFEST.MF");
        if (bytes == null) {
            return null;
        }
        try {
            return new Manifest(new ByteArrayInputStream(bytes));
        } catch (IOException e) {
            return null;
        }
    }
}
