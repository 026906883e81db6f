package io.vledger.kernel.plugin;

import io.vledger.api.audit.AuditEvent;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.plugin.PluginAdministration.PluginStatus;
import io.vledger.kernel.plugin.PluginDirectory.Stamp;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the running plugins follow the jars of the plugin directory. A jar is looked at when its stamp has been the same for
 * two scans, so that one that is being copied is left alone; and a plugin goes when its jar was missing for two, so that a
 * jar may be renamed or removed and copied anew. Used by one thread at a time.
 */
final class DirectoryFollower {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryFollower.class);

    private static final int MISSING_SCANS = 2;

    private final PluginDirectory directory;
    private final RefusedJars refusals;
    private final Map<String, Known> known = new TreeMap<>();
    private String scanTrouble = "";

    /** What is known of one file. */
    private static final class Known {
        /** As the last scan saw it. */
        private @Nullable Stamp seen;
        /** As it was when it was read. */
        private @Nullable Stamp handled;

        private String digest = "";
        /** The plugin that it holds or held; null if it never held one. */
        private @Nullable String id;

        private int missingScans;
        /** Whether another file had the same id. */
        private boolean second;
    }

    private final AuditLog audit;

    DirectoryFollower(PluginDirectory directory, RefusedJars refusals, AuditLog audit) {
        this.audit = audit;
        this.directory = directory;
        this.refusals = refusals;
    }

    /** Reads every jar at the start of the node; what is no plugin is named and left out. */
    List<PluginJar> readAll() {
        List<PluginJar> jars = new ArrayList<>();
        list().forEach((file, stamp) -> {
            Known entry = new Known();
            known.put(file, entry);
            try {
                jars.add(read(file, entry, stamp));
            } catch (PluginException e) {
                refusals.refuse(file, refused(file, e.getMessage()), e);
            }
        });
        return jars;
    }

    /** Looks at the directory once, and changes the plugins by what changed there. */
    void scan(Deployer deployer, PluginRegistry registry) {
        Map<String, Stamp> files = list();
        if (files.isEmpty() && known.isEmpty()) {
            return;
        }
        known.forEach((file, entry) -> entry.missingScans = files.containsKey(file) ? 0 : entry.missingScans + 1);
        // First what is there: a jar that has another name now is not undeployed.
        files.forEach((file, stamp) -> {
            Known entry = known.computeIfAbsent(file, unused -> new Known());
            if (!stamp.equals(entry.handled)) {
                if (stamp.equals(entry.seen)) {
                    changed(file, entry, stamp, deployer, registry);
                }
                entry.seen = stamp;
            }
        });
        boolean freed = false;
        for (Map.Entry<String, Known> entry : List.copyOf(known.entrySet())) {
            if (entry.getValue().missingScans >= MISSING_SCANS) {
                freed |= removed(entry.getKey(), entry.getValue(), deployer, registry);
            }
        }
        if (freed) {
            known.values().stream().filter(entry -> entry.second).forEach(entry -> {
                entry.handled = null;
                entry.digest = "";
            });
        }
    }

    private Map<String, Stamp> list() {
        try {
            Map<String, Stamp> files = directory.list();
            scanTrouble = "";
            return files;
        } catch (PluginException e) {
            if (!scanTrouble.equals(e.getMessage())) {
                scanTrouble = String.valueOf(e.getMessage());
                LOG.error("{}", scanTrouble, e);
            }
            Map<String, Stamp> asBefore = new TreeMap<>();
            known.forEach((file, entry) -> {
                if (entry.handled != null) {
                    asBefore.put(file, entry.handled);
                }
            });
            return asBefore;
        }
    }

    private void changed(String file, Known entry, Stamp stamp, Deployer deployer, PluginRegistry registry) {
        String before = entry.id;
        String digest = entry.digest;
        PluginJar jar = null;
        try {
            jar = read(file, entry, stamp);
            if (entry.digest.equals(digest)) {
                return;
            }
            String id = jar.descriptor().id();
            Deployment running = registry.find(id);
            boolean same = running != null
                    && running.state() == PluginState.ACTIVE
                    && running.jar().digest().equals(entry.digest);
            if (!same) {
                deployer.deploy(jar, true);
                record("DEPLOY_PLUGIN", id, "0");
            }
            refusals.clear(file);
            refusals.clear(id);
            if (before != null && !before.equals(id) && !held(before)) {
                deployer.undeploy(before);
                record("UNDEPLOY_PLUGIN", before, "0");
            }
        } catch (PluginException e) {
            record("DEPLOY_PLUGIN", jar == null ? file : jar.descriptor().id(), String.valueOf(e.getMessage()));
            refusals.refuse(
                    file, jar == null ? refused(file, e.getMessage()) : refused(jar.descriptor(), e.getMessage()), e);
        }
    }

    private void record(String what, String id, String result) {
        audit.record(new AuditEvent("plugin directory", "", what, "plugin=" + id, result, !result.equals("0")));
    }

    /** Tries to make a plugin follow its jar that is gone; true if the file is forgotten now. */
    private boolean removed(String file, Known entry, Deployer deployer, PluginRegistry registry) {
        String id = entry.id;
        known.remove(file);
        try {
            Deployment running = id == null ? null : registry.find(id);
            if (id != null && running != null && !running.bundled() && !entry.second && !held(id)) {
                deployer.undeploy(id);
                record("UNDEPLOY_PLUGIN", id, "0");
            }
            refusals.clear(file);
            if (id != null) {
                refusals.clear(id);
            }
            return true;
        } catch (PluginException e) {
            known.put(file, entry);
            String cause = e.getMessage() + "; its jar " + directory.path(file) + " is gone already";
            Deployment running = id == null ? null : registry.find(id);
            refusals.refuse(file, running == null ? refused(file, cause) : refused(running.descriptor(), cause), e);
            return false;
        }
    }

    private PluginJar read(String file, Known entry, Stamp stamp) {
        entry.handled = stamp;
        String name = directory.path(file).toString();
        PluginDirectory.checkSize(name, stamp.size());
        byte[] bytes = directory.read(file);
        String digest = PluginDirectory.digest(bytes);
        entry.digest = digest;
        PluginJar jar = parse(name, bytes, digest);
        String id = jar.descriptor().id();
        for (Map.Entry<String, Known> other : known.entrySet()) {
            if (other.getValue() != entry
                    && id.equals(other.getValue().id)
                    && !other.getValue().second
                    && other.getValue().missingScans == 0) {
                entry.second = true;
                throw new PluginException(name + ": holds plugin " + id + ", which " + directory.path(other.getKey())
                        + " holds already; remove one of them");
            }
        }
        entry.second = false;
        entry.id = id;
        return jar;
    }

    /** Reads a jar from memory. */
    static PluginJar parse(String name, byte[] bytes, String digest) {
        try {
            return PluginJar.read(name, false, new ByteArrayInputStream(bytes)).withDigest(digest);
        } catch (IOException e) {
            throw new PluginException(name + ": is damaged: " + e.getMessage() + "; copy it again", e);
        }
    }

    /** Whether a file holds the plugin with this id. */
    private boolean held(String id) {
        return known.values().stream()
                .anyMatch(entry -> id.equals(entry.id) && !entry.second && entry.missingScans == 0);
    }

    /**
     * The file to keep a plugin in: the one that holds it, or a new one.
     *
     * @throws PluginException if the new one's name is taken
     */
    String fileFor(String id) {
        for (Map.Entry<String, Known> entry : known.entrySet()) {
            if (id.equals(entry.getValue().id) && !entry.getValue().second && entry.getValue().missingScans == 0) {
                return entry.getKey();
            }
        }
        String file = id + ".jar";
        Known taken = known.get(file);
        if (taken != null && taken.missingScans == 0 && taken.id != null && !id.equals(taken.id)) {
            throw new PluginException(directory.path(file) + ": holds plugin " + taken.id + ", so plugin " + id
                    + " cannot be kept there; rename that file");
        }
        return file;
    }

    /** Puts a staged jar, which is deployed already, in its place: no scan will deploy it again. */
    void keep(Path staged, String file, String id, String digest) {
        try {
            Known entry = new Known();
            entry.id = id;
            entry.digest = digest;
            entry.handled = directory.keep(staged, file);
            entry.seen = entry.handled;
            known.put(file, entry);
            refusals.clear(file);
        } catch (IOException e) {
            throw new PluginException(
                    "plugin " + id + " is active, but could not be kept in " + directory.path(file) + ": " + e
                            + "; fix the directory and deploy it again, or it is gone after a restart",
                    e);
        }
    }

    /** Deletes every file that holds the plugin, or that has this name and could not be used; true if there was one. */
    boolean delete(String idOrFile) {
        List<String> files = known.entrySet().stream()
                .filter(entry -> idOrFile.equals(entry.getValue().id)
                        || (entry.getKey().equals(idOrFile) && refusals.contains(idOrFile)))
                .map(Map.Entry::getKey)
                .toList();
        for (String file : files) {
            directory.delete(file);
            known.remove(file);
            refusals.clear(file);
        }
        return !files.isEmpty();
    }

    private static PluginStatus refused(String file, @Nullable String cause) {
        return new PluginStatus(
                file, "", PluginState.FAILED.name(), Objects.toString(cause, ""), false, false, List.of());
    }

    static PluginStatus refused(PluginDescriptor descriptor, @Nullable String cause) {
        return new PluginStatus(
                descriptor.id(),
                descriptor.version(),
                PluginState.FAILED.name(),
                Objects.toString(cause, ""),
                false,
                descriptor.hot(),
                descriptor.deploys());
    }
}
