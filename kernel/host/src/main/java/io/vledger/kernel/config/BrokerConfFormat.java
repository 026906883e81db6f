package io.vledger.kernel.config;

import io.vertx.config.spi.ConfigProcessor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Properties;

/**
 * The format {@value #NAME} of Vert.x Config: a properties file read as RocketMQ reads it (ISO-8859-1, every value a text,
 * dots in keys without meaning).
 */
public final class BrokerConfFormat implements ConfigProcessor {
    /** Name of the format. */
    public static final String NAME = "broker-conf";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Future<JsonObject> process(Vertx vertx, JsonObject configuration, Buffer input) {
        Properties properties = new Properties();
        try {
            properties.load(new ByteArrayInputStream(input.getBytes()));
        } catch (IOException | IllegalArgumentException e) {
            return Future.failedFuture(new IOException("not a properties file: " + e.getMessage(), e));
        }
        JsonObject flat = new JsonObject();
        properties.stringPropertyNames().forEach(key -> flat.put(key, properties.getProperty(key)));
        return Future.succeededFuture(flat);
    }
}
