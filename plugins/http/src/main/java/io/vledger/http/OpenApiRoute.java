package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Serves the description of all routes. It is read when it is asked for: nobody pays for it at a start. */
final class OpenApiRoute implements Endpoint {
    static final String PATH = "/openapi.json";
    private static final String RESOURCE = "openapi.json";

    private final Vertx vertx;

    OpenApiRoute(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<Response> answer(ApiRequest call) {
        return vertx.executeBlocking(OpenApiRoute::read)
                .map(text -> Response.text(Response.OK, "application/json", text));
    }

    private static String read() throws IOException {
        try (InputStream in = OpenApiRoute.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is not in the plugin's jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
