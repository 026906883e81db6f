package io.vledger.launcher.status;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/** Asks one node. Safe for use by any thread. */
final class NodeProbe {
    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration ANSWER = Duration.ofSeconds(3);
    private static final int MAX_ANSWER_BYTES = 4 << 20;

    private final NodeAccess access;
    private final HttpClient client;

    NodeProbe(NodeAccess access) {
        this.access = access;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
        SSLContext context = access.context();
        this.client =
                context == null ? builder.build() : builder.sslContext(context).build();
    }

    /** No answer that could be used; the message is the end of a sentence. */
    static final class NoAnswer extends Exception {
        private static final long serialVersionUID = 1L;

        NoAnswer(String message) {
            super(message, null, false, false);
        }
    }

    /** Asks the node at {@code host:port}. */
    NodeAnswer ask(String address) throws NoAnswer {
        JsonObject node = get(address, "/v1/node");
        JsonObject groups = get(address, "/v1/groups");
        if (!(node.getValue("node") instanceof String) || !(groups.getValue("groups") instanceof JsonArray list)) {
            throw new NoAnswer("answers, but not as a node does");
        }
        return new NodeAnswer(address, node, list);
    }

    private JsonObject get(String address, String path) throws NoAnswer {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(access.url(address) + path))
                    .timeout(ANSWER);
            if (!access.token().isEmpty()) {
                request.header("Authorization", "Bearer " + access.token());
            }
            HttpResponse<InputStream> response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() == 401) {
                    throw new NoAnswer("needs the token of http.readTokenFile: name it with --token-file");
                }
                if (response.statusCode() != 200) {
                    throw new NoAnswer("answers " + path + " with status " + response.statusCode()
                            + "; it is no node of this version");
                }
                byte[] bytes = body.readNBytes(MAX_ANSWER_BYTES + 1);
                if (bytes.length > MAX_ANSWER_BYTES) {
                    throw new NoAnswer("answers " + path + " with more than " + MAX_ANSWER_BYTES + " bytes");
                }
                return new JsonObject(new String(bytes, StandardCharsets.UTF_8));
            }
        } catch (HttpConnectTimeoutException e) {
            throw new NoAnswer("cannot be connected to within " + CONNECT.toSeconds() + " s");
        } catch (HttpTimeoutException e) {
            throw new NoAnswer("does not answer within " + ANSWER.toSeconds() + " s");
        } catch (ConnectException e) {
            throw new NoAnswer("refuses connections");
        } catch (IOException e) {
            throw new NoAnswer("breaks the connection off (" + e.getMessage() + ")");
        } catch (DecodeException | IllegalArgumentException e) {
            throw new NoAnswer("answers, but not as a node does");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NoAnswer("was not waited for");
        }
    }
}
