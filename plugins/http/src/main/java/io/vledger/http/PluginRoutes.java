package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.PluginAdministration;
import io.vledger.api.plugin.PluginAdministration.PluginStatus;
import org.jspecify.annotations.Nullable;

/** The plugins of the node: what there is, deployment, replacement, removal. Loop only. */
final class PluginRoutes {
    static final String PATH = "/v1/plugins";
    static final String ONE = "/v1/plugins/{id}";
    /** As the kernel bounds jars; less where that would be a good part of the heap, since a jar is held there as a whole. */
    static final long JAR_BYTES = Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    private final PluginAdministration plugins;
    private final boolean changes;
    private final @Nullable JarSignature signature;

    private PluginRoutes(PluginAdministration plugins, boolean changes, @Nullable JarSignature signature) {
        this.plugins = plugins;
        this.changes = changes;
        this.signature = signature;
    }

    /**
     * Adds them.
     *
     * @param changes whether plugins may be deployed and undeployed over HTTP
     * @param signature what a jar must be signed by; null for nothing
     */
    static void addTo(Router router, PluginAdministration plugins, boolean changes, @Nullable JarSignature signature) {
        PluginRoutes routes = new PluginRoutes(plugins, changes, signature);
        router.get(PATH, call -> routes.list())
                .get(
                        ONE,
                        call -> Future.succeededFuture(
                                Response.json(Response.OK, show(routes.find(call.parameter("id"))))))
                .administer(HttpMethod.POST, PATH, JAR_BYTES, routes::deploy)
                .administer(HttpMethod.PUT, PATH, JAR_BYTES, routes::deploy)
                .administer(HttpMethod.DELETE, ONE, 0, routes::undeploy);
    }

    private Future<Response> list() {
        JsonArray all = new JsonArray();
        plugins.list().forEach(status -> all.add(show(status)));
        return Future.succeededFuture(Response.json(Response.OK, new JsonObject().put("plugins", all)));
    }

    private PluginStatus find(String id) {
        PluginStatus found = findOrNull(id);
        if (found == null) {
            throw new ApiException(
                    Response.NOT_FOUND,
                    "there is no plugin " + JsonBody.shown(id),
                    "the plugins are "
                            + plugins.list().stream().map(PluginStatus::id).toList());
        }
        return found;
    }

    private @Nullable PluginStatus findOrNull(String id) {
        return plugins.list().stream()
                .filter(status -> status.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    private void requireChanges() {
        if (!changes) {
            throw new ApiException(
                    Response.FORBIDDEN,
                    "plugins are not deployed over HTTP at this node",
                    "set http.deployPlugins, or use the plugin directory");
        }
    }

    private Future<Response> deploy(ApiRequest call) {
        requireChanges();
        if (call.body().length() == 0) {
            throw new ApiException(
                    Response.BAD_REQUEST,
                    "the body is empty",
                    "send the bytes of the jar, for example with curl --data-binary @my-plugin.jar");
        }
        byte[] jar = call.body().getBytes();
        JarSignature required = signature;
        Future<?> signed = required == null ? Future.succeededFuture() : required.verify(jar);
        return signed.compose(valid -> plugins.deploy(jar))
                .map(status -> Response.json(Response.OK, show(status)))
                .recover(failure -> Future.failedFuture(new ApiException(
                        Response.UNPROCESSABLE,
                        String.valueOf(failure.getMessage()),
                        "the plugin that was deployed before still is; see the node's log")));
    }

    private Future<Response> undeploy(ApiRequest call) {
        requireChanges();
        String id = find(call.parameter("id")).id();
        return plugins.undeploy(id)
                .map(gone -> {
                    PluginStatus now = findOrNull(id);
                    return Response.json(
                            Response.OK,
                            new JsonObject().put("removed", id).put("replacedBy", now == null ? null : show(now)));
                })
                .recover(failure -> Future.failedFuture(
                        new ApiException(Response.CONFLICT, String.valueOf(failure.getMessage()), "")));
    }

    private static JsonObject show(PluginStatus status) {
        return new JsonObject()
                .put("id", status.id())
                .put("version", status.version())
                .put("state", status.state())
                .put("cause", status.cause())
                .put("bundled", status.bundled())
                .put("hot", status.hot())
                .put("deploys", new JsonArray(status.deploys()));
    }
}
