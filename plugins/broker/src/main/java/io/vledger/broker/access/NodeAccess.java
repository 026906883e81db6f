package io.vledger.broker.access;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.access.key.AccessKeys;
import io.vledger.access.plain.PlainFiles;
import io.vledger.access.plain.PlainRules;
import io.vledger.access.policy.OldUser;
import io.vledger.api.origin.OldDatabases;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.timer.AlignedTimers;
import io.vledger.protocol.ResponseCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the groups of a node share of access control: its settings, its key, and the accounts of ACL 1.0. Files are read again when they
 * change; one that cannot be used then is named in the log, and what was read before stays. Any thread.
 */
public final class NodeAccess {
    /** Nothing is checked. */
    public static final NodeAccess NONE = new NodeAccess(AccessSettings.NONE);

    private static final Logger LOG = LoggerFactory.getLogger(NodeAccess.class);
    /** How often files of accounts, which people edit, are looked at. */
    private static final long ACCOUNTS_CHECK_MS = 1_000;
    /** How often the key's file is looked at where there are no others. */
    private static final long KEY_FILE_CHECK_MS = 5_000;

    private final AccessSettings settings;
    private final PlainFiles files;
    private volatile @Nullable AccessKeys keys;
    private volatile PlainRules rules = PlainRules.NOBODY;
    private volatile List<OldUser> oldUsers = List.of();
    /** What the files were like when they were read; guarded by this. */
    private List<String> stamp = List.of();

    private NodeAccess(AccessSettings settings) {
        this.settings = settings;
        this.files = new PlainFiles(settings.home(), settings.plainFile());
    }

    /** What is configured in the section {@code access} of the plugin's configuration. */
    public static NodeAccess of(@Nullable JsonObject section) {
        return section == null || section.isEmpty() ? NONE : new NodeAccess(AccessSettings.of(section));
    }

    /**
     * Reads the files for the first time. Blocking.
     *
     * @throws IOException with a message that names the file, what is wrong with it and the remedy
     */
    public synchronized NodeAccess load() throws IOException {
        List<String> now = look();
        Path keyFile = settings.keyFile();
        AccessKeys read = keyFile == null ? null : AccessKeys.read(keyFile);
        if (settings.mode().readsFiles()) {
            rules = files.load().rules();
        }
        keys = read;
        stamp = now;
        return this;
    }

    /**
     * Reads the users that an earlier broker has left, if that is configured. Blocking.
     *
     * @param databases what reads them; null if there is nothing that can
     * @throws IOException with a message that names what is wrong and the remedy
     */
    public NodeAccess takeOver(@Nullable OldDatabases databases) throws IOException {
        Path directory = settings.oldUsers();
        if (directory != null) {
            if (databases == null) {
                throw new IOException("access.oldUsers (vledgerOldUsers) = " + directory
                        + ": RocketMQ 5 keeps users in RocksDB, which store-rocksdb.jar reads; put it into the plugin"
                        + " directory, or leave the key out");
            }
            oldUsers = OldUsers.read(databases, directory);
        }
        return this;
    }

    /** Users that an earlier broker has left. */
    List<OldUser> oldUsers() {
        return oldUsers;
    }

    /** Reads the files again whenever they change, until the context that this is called in ends. */
    public void watch(Vertx vertx) {
        if (settings.keyFile() != null || settings.mode().readsFiles()) {
            AlignedTimers.setPeriodic(
                    vertx, settings.mode().readsFiles() ? ACCOUNTS_CHECK_MS : KEY_FILE_CHECK_MS, () -> {
                        Future<Boolean> unused = vertx.executeBlocking(this::reload);
                    });
        }
    }

    /** Reads the files again if they have changed; whether what they hold is in use. Blocking. */
    public synchronized boolean reload() {
        try {
            List<String> now = look();
            if (!now.equals(stamp)) {
                stamp = now;
                load();
                LOG.info("access control: the files have changed and were read again");
            }
            return true;
        } catch (IOException unusable) {
            LOG.error("access control: {}; what was read before stays in force", unusable.getMessage());
            return false;
        }
    }

    private List<String> look() throws IOException {
        List<String> seen = new ArrayList<>(settings.mode().readsFiles() ? files.stamp() : List.of());
        Path keyFile = settings.keyFile();
        if (keyFile != null && Files.exists(keyFile)) {
            seen.add(keyFile + " " + Files.getLastModifiedTime(keyFile) + " " + Files.size(keyFile));
        }
        return seen;
    }

    AccessSettings settings() {
        return settings;
    }

    /** The key of this moment; null if there is none. */
    @Nullable
    AccessKeys keys() {
        return keys;
    }

    /**
     * The key of this moment, for what is about users.
     *
     * @throws RequestException if there is none
     */
    AccessKeys requireKeys() {
        AccessKeys known = keys;
        if (known == null) {
            throw new RequestException(
                    ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
                    "there are no users here: access control has no key; set access.keyFile"
                            + " (vledgerAccessKeyFile) on every member");
        }
        return known;
    }

    /** The accounts of ACL 1.0 of this moment. */
    PlainRules rules() {
        return rules;
    }

    PlainFiles files() {
        return files;
    }
}
