package io.vledger.access.plain;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;

/**
 * One file of ACL 1.0 as a tree that keeps what it does not understand. Blocking.
 */
final class PlainFile {
    static final String ACCOUNTS = "accounts";
    static final String WHITE_ADDRESSES = "globalWhiteRemoteAddresses";
    static final String VERSIONS = "dataVersion";
    private static final int MAX_BYTES = 8 << 20;
    private static final int MAX_DEPTH = 16;
    private static final int MAX_ALIASES = 16;

    private final Path path;
    private final Map<String, @Nullable Object> tree;

    private PlainFile(Path path, Map<String, @Nullable Object> tree) {
        this.path = path;
        this.tree = tree;
    }

    /**
     * Reads a file; an empty one says nothing.
     *
     * @throws IOException with a message that names the file and what is wrong with it, and no secret
     */
    static PlainFile read(Path path) throws IOException {
        if (Files.size(path) > MAX_BYTES) {
            throw new IOException(path + ": more than " + MAX_BYTES + " bytes; divide it among files in conf/acl");
        }
        Object read;
        try {
            read = yaml().load(Files.readString(path, StandardCharsets.UTF_8));
        } catch (YAMLException unreadable) {
            throw new IOException(path + ": is not YAML: " + firstLine(unreadable), unreadable);
        }
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        if (read instanceof Map<?, ?> map) {
            map.forEach((key, value) -> tree.put(String.valueOf(key), value));
        } else if (read != null) {
            throw new IOException(path + ": must have " + ACCOUNTS + " and " + WHITE_ADDRESSES);
        }
        return new PlainFile(path, tree);
    }

    private static String firstLine(YAMLException failure) {
        // The message shows the lines around, which may hold a secret.
        return failure instanceof MarkedYAMLException marked && marked.getProblemMark() != null
                ? "line " + (marked.getProblemMark().getLine() + 1) + ", " + marked.getProblem()
                : failure.getClass().getSimpleName();
    }

    private static Yaml yaml() {
        LoaderOptions bounds = new LoaderOptions();
        bounds.setCodePointLimit(MAX_BYTES);
        bounds.setNestingDepthLimit(MAX_DEPTH);
        bounds.setMaxAliasesForCollections(MAX_ALIASES);
        bounds.setAllowRecursiveKeys(false);
        bounds.setAllowDuplicateKeys(false);
        DumperOptions form = new DumperOptions();
        form.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        return new Yaml(new SafeConstructor(bounds), new Representer(form), form, bounds);
    }

    Path path() {
        return path;
    }

    /** The tree as YAML. */
    String text() {
        return yaml().dump(tree);
    }

    /** Addresses from which everybody is let in. */
    List<String> whiteAddresses() throws IOException {
        return texts(tree.get(WHITE_ADDRESSES), WHITE_ADDRESSES);
    }

    void whiteAddresses(List<String> addresses) {
        tree.put(WHITE_ADDRESSES, new ArrayList<>(addresses));
    }

    /** Accounts in the order of the file. */
    List<PlainAccount> accounts() throws IOException {
        List<PlainAccount> accounts = new ArrayList<>();
        for (Map<String, @Nullable Object> account : accountTrees()) {
            String name = String.valueOf(account.get("accessKey"));
            try {
                accounts.add(account(account));
            } catch (IllegalArgumentException wrong) {
                throw new IOException(path + ": account " + name + ": " + wrong.getMessage(), wrong);
            }
        }
        return accounts;
    }

    private PlainAccount account(Map<String, @Nullable Object> account) throws IOException {
        return new PlainAccount(
                text(account, "accessKey"),
                text(account, "secretKey"),
                text(account, "whiteRemoteAddress"),
                Boolean.parseBoolean(text(account, "admin")),
                PlainPermission.parse(text(account, "defaultTopicPerm")),
                PlainPermission.parse(text(account, "defaultGroupPerm")),
                PlainAccount.permissions(texts(account.get("topicPerms"), "topicPerms")),
                PlainAccount.permissions(texts(account.get("groupPerms"), "groupPerms")));
    }

    private List<Map<String, @Nullable Object>> accountTrees() throws IOException {
        Object list = tree.get(ACCOUNTS);
        List<Map<String, @Nullable Object>> found = new ArrayList<>();
        if (list instanceof List<?> elements) {
            for (Object element : elements) {
                if (!(element instanceof Map<?, ?> map)) {
                    throw new IOException(path + ": each of " + ACCOUNTS + " must have an accessKey and a secretKey");
                }
                Map<String, @Nullable Object> account = new LinkedHashMap<>();
                map.forEach((key, value) -> account.put(String.valueOf(key), value));
                found.add(account);
            }
        } else if (list != null) {
            throw new IOException(path + ": " + ACCOUNTS + " must be a list");
        }
        return found;
    }

    /** Adds an account, or replaces the one of its name. */
    void put(PlainAccount account) throws IOException {
        List<Map<String, @Nullable Object>> accounts = accountTrees();
        accounts.removeIf(other -> account.accessKey().equals(text(other, "accessKey")));
        Map<String, @Nullable Object> added = new LinkedHashMap<>();
        added.put("accessKey", account.accessKey());
        added.put("secretKey", account.secretKey());
        added.put("whiteRemoteAddress", account.whiteRemoteAddress());
        added.put("admin", account.admin());
        added.put("defaultTopicPerm", account.defaultTopicPerm().label());
        added.put("defaultGroupPerm", account.defaultGroupPerm().label());
        added.put("topicPerms", pairs(account.topicPerms()));
        added.put("groupPerms", pairs(account.groupPerms()));
        accounts.add(added);
        tree.put(ACCOUNTS, accounts);
    }

    private static List<String> pairs(Map<String, PlainPermission> permissions) {
        List<String> pairs = new ArrayList<>();
        permissions.forEach((name, permission) -> pairs.add(name + "=" + permission.label()));
        return pairs;
    }

    /** Removes an account; false if it is not here. */
    boolean remove(String accessKey) throws IOException {
        List<Map<String, @Nullable Object>> accounts = accountTrees();
        boolean removed = accounts.removeIf(other -> accessKey.equals(text(other, "accessKey")));
        tree.put(ACCOUNTS, accounts);
        return removed;
    }

    /** How often tools have changed the file, and when last; milliseconds since the epoch. */
    Version version() {
        if (tree.get(VERSIONS) instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Map<?, ?> map) {
            return new Version(number(map.get("counter")), number(map.get("timestamp")));
        }
        return new Version(0, 0);
    }

    private static long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }

    /** Notes that a tool has changed the file. */
    void nextVersion(long nowMs) {
        Map<String, Object> version = new LinkedHashMap<>();
        version.put("counter", version().counter() + 1);
        version.put("timestamp", nowMs);
        tree.put(VERSIONS, new ArrayList<>(List.of(version)));
    }

    record Version(long counter, long timestamp) {}

    private static String text(Map<String, @Nullable Object> map, String key) {
        Object value = map.get(key);
        return value == null ? "" : String.valueOf(value).strip();
    }

    private List<String> texts(@Nullable Object list, String what) throws IOException {
        List<String> texts = new ArrayList<>();
        if (list instanceof List<?> elements) {
            elements.forEach(element -> texts.add(element == null ? "" : String.valueOf(element)));
        } else if (list != null) {
            throw new IOException(path + ": " + what + " must be a list");
        }
        return texts;
    }
}
