package io.vledger.kernel.config;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** Reads configuration files through Vert.x Config. Futures fail with a {@link ConfigException}. */
public final class ConfigFiles {
    private static final long MAX_BYTES = 1 << 20;
    private static final String CONTENT = "content";

    private final Vertx vertx;
    private final String version;
    private final boolean proxy;

    /**
     * A reader.
     *
     * @param version version of the build, for {@link io.vledger.api.plugin.NodeInfo}
     */
    public ConfigFiles(Vertx vertx, String version) {
        this(vertx, version, false);
    }

    private ConfigFiles(Vertx vertx, String version, boolean proxy) {
        this.vertx = vertx;
        this.version = version;
        this.proxy = proxy;
    }

    /** One that serves 5.x clients whatever the file says, as RocketMQ's {@code --enable-proxy}: on 8081 unless the file names a port. */
    public ConfigFiles enablingProxy() {
        return new ConfigFiles(vertx, version, true);
    }

    /** Reads the JSON file of {@code -conf}. */
    public Future<NodeConfig> readJson(String file) {
        return retrieve(file).map(bytes -> {
            StrictJson json = StrictJson.parse(file, bytes);
            JsonObject tree = json.tree();
            if (proxy && tree.getValue("grpc") == null) {
                tree.put("grpc", new JsonObject());
            }
            return served(NodeReader.readJson(file, tree, json.lines(), Placeholders.ofProcess(), version));
        });
    }

    /**
     * Reads the properties file of {@code -c}.
     *
     * @param overrides keys given on the command line, which win over the file's
     */
    public Future<NodeConfig> readBrokerConf(String file, Map<String, String> overrides) {
        return retrieve(file).map(bytes -> {
            ClassicFile content = ClassicFile.parse(file, bytes);
            Map<String, String> winning = new TreeMap<>(ClassicTls.read(content.values(), System.getProperties()));
            winning.putAll(overrides);
            if (proxy && !content.values().containsKey("grpcServerPort")) {
                winning.put("grpcServerPort", Integer.toString(NodeReader.GRPC_PORT));
            }
            BrokerConf conf = new BrokerConf(file, content, winning, new LocalHost(), Placeholders.ofProcess());
            return served(NodeReader.readClassic(file, conf, version));
        });
    }

    private NodeConfig served(NodeConfig config) {
        if (proxy && !config.plugins().sections().containsKey("grpc")) {
            throw new ConfigException(
                    config.file(),
                    "grpc.port (grpcServerPort) is -1, for no 5.x clients, and --enable-proxy asks for them; name a port or"
                            + " leave one of both out");
        }
        return config;
    }

    /**
     * Checks that a file is a {@code broker.conf} at all, as {@link #readBrokerConf} does, whatever it asks for, and that it says
     * without the environment where the old broker's data is.
     *
     * @throws ConfigException if it is not
     */
    public static void checkBrokerConf(Path file) {
        checkFile(file.toString());
        try {
            ClassicFile content = ClassicFile.parse(file.toString(), Files.readAllBytes(file));
            content.requireKnownKey(file.toString());
            content.entries().forEach((key, entry) -> refuseVariable(file.toString(), key, entry));
        } catch (IOException e) {
            throw new ConfigException(file.toString(), "cannot be read: " + e.getMessage());
        }
    }

    /** The node puts the environment in; what looks at old data from another machine has another environment. */
    private static void refuseVariable(String file, String key, ClassicFile.Entry entry) {
        boolean place = key.startsWith("storePath") || key.equals("brokerName") || key.equals("dLegerSelfId");
        if (place && entry.value().replace("${user.home}", "").contains("${")) {
            throw new ConfigException(
                    file,
                    entry.line(),
                    key,
                    entry.value(),
                    "the environment is not put in here; write the value itself");
        }
    }

    /**
     * Refuses system properties of RocketMQ that protect and cannot be honoured.
     *
     * @param classic whether the node is configured by a {@code broker.conf}, beside which those of TLS count
     * @throws ConfigException if there is one
     */
    public static void checkSystemProperties(Properties properties, boolean classic) {
        Map<String, String> texts = new TreeMap<>();
        properties.stringPropertyNames().forEach(key -> texts.put(key, properties.getProperty(key)));
        ProtectiveKeys.refuseSystemProperties(texts, classic);
    }

    private static void checkFile(String file) {
        Path path;
        try {
            path = Path.of(file);
        } catch (InvalidPathException e) {
            throw new ConfigException(file, "is not a path: " + e.getReason());
        }
        if (!Files.exists(path)) {
            throw new ConfigException(file, "there is no such file; check the path");
        }
        if (Files.isDirectory(path)) {
            throw new ConfigException(file, "is a directory; name a file");
        }
        if (!Files.isRegularFile(path)) {
            throw new ConfigException(file, "is a pipe or a device; name a file");
        }
        if (!Files.isReadable(path)) {
            throw new ConfigException(file, "may not be read by this user; check its permissions");
        }
        if (path.toFile().length() > MAX_BYTES) {
            throw new ConfigException(file, "is larger than 1 MiB, which no configuration is");
        }
    }

    private Future<byte[]> retrieve(String file) {
        try {
            checkFile(file);
        } catch (ConfigException e) {
            return Future.failedFuture(e);
        }
        // Raw: the JSON and properties formats of Vert.x Config keep no line numbers and only the last of equal keys.
        ConfigStoreOptions store = new ConfigStoreOptions()
                .setType("file")
                .setFormat("raw")
                .setConfig(new JsonObject()
                        .put("path", Path.of(file).toAbsolutePath().toString())
                        .put("raw.key", CONTENT)
                        .put("raw.type", "binary"));
        ConfigRetriever retriever = ConfigRetriever.create(
                vertx,
                new ConfigRetrieverOptions()
                        .setIncludeDefaultStores(false)
                        .setScanPeriod(-1)
                        .addStore(store));
        return retriever.getConfig().transform(result -> {
            Future<byte[]> closed =
                    retriever.close().map(unused -> result.result().getBinary(CONTENT));
            return result.succeeded()
                    ? closed
                    : Future.failedFuture(new ConfigException(file, "cannot be read: " + plain(result.cause())));
        });
    }

    private static String plain(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
