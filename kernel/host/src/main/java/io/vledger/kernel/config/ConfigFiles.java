package io.vledger.kernel.config;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Reads configuration files through Vert.x Config. Futures fail with a {@link ConfigException}. */
public final class ConfigFiles {
    private static final long MAX_BYTES = 1 << 20;

    private final Vertx vertx;
    private final String version;

    /**
     * A reader.
     *
     * @param version version of the build, for {@link io.vledger.api.plugin.NodeInfo}
     */
    public ConfigFiles(Vertx vertx, String version) {
        this.vertx = vertx;
        this.version = version;
    }

    /** Reads the JSON file of {@code -conf}. */
    public Future<NodeConfig> readJson(String file) {
        return retrieve(file, "json").map(tree -> NodeReader.readJson(file, tree, version));
    }

    /**
     * Reads the properties file of {@code -c}.
     *
     * @param overrides keys given on the command line, which win over the file's
     */
    public Future<NodeConfig> readBrokerConf(String file, Map<String, String> overrides) {
        return retrieve(file, BrokerConfFormat.NAME).map(flat -> fromProperties(file, flat, overrides));
    }

    private NodeConfig fromProperties(String file, JsonObject flat, Map<String, String> overrides) {
        Map<String, String> properties = new TreeMap<>();
        flat.forEach(entry -> properties.put(entry.getKey(), String.valueOf(entry.getValue())));
        properties.putAll(overrides);
        BrokerConf conf = new BrokerConf(file, properties, new LocalHost());
        return NodeReader.readClassic(file, conf.toTree(), conf.notes(), version);
    }

    private Future<JsonObject> retrieve(String file, String format) {
        Path path = Path.of(file);
        if (!Files.exists(path)) {
            return Future.failedFuture(new ConfigException(file, "there is no such file; check the path"));
        }
        if (Files.isDirectory(path)) {
            return Future.failedFuture(new ConfigException(file, "is a directory; name a file"));
        }
        if (!Files.isReadable(path)) {
            return Future.failedFuture(
                    new ConfigException(file, "may not be read by this user; check its permissions"));
        }
        if (path.toFile().length() > MAX_BYTES) {
            return Future.failedFuture(new ConfigException(file, "is larger than 1 MiB, which no configuration is"));
        }
        ConfigStoreOptions store = new ConfigStoreOptions()
                .setType("file")
                .setFormat(format)
                .setConfig(new JsonObject().put("path", path.toAbsolutePath().toString()));
        ConfigRetriever retriever = ConfigRetriever.create(
                vertx,
                new ConfigRetrieverOptions()
                        .setIncludeDefaultStores(false)
                        .setScanPeriod(-1)
                        .addStore(store));
        return retriever.getConfig().transform(result -> {
            Future<JsonObject> closed = retriever.close().map(result.result());
            return result.succeeded()
                    ? closed
                    : Future.failedFuture(new ConfigException(
                            file,
                            (result.cause() instanceof DecodeException ? "is not a JSON object: " : "cannot be read: ")
                                    + plain(result.cause())));
        });
    }

    private static String plain(Throwable cause) {
        String message = cause.getMessage();
        if (message == null) {
            return cause.getClass().getSimpleName();
        }
        return message.replace("Failed to decode:", "").replaceAll("at \\[Source:[^;]*; (line: [^\\]]*)\\]", "at $1");
    }
}
