package io.vledger.api.plugin;

import io.vertx.core.Future;
import java.util.List;

/** Deploys, replaces and undeploys plugins of a running node; a service of the kernel. Safe for use by any thread. */
public interface PluginAdministration {
    /** Every plugin that is deployed, failed, or was refused, in start order. */
    List<PluginStatus> list();

    /**
     * Deploys a plugin, or replaces the one of the same id, and keeps the jar in the plugin directory for the next start.
     *
     * @param jar the whole jar; not changed and not kept
     * @return the plugin once it is active; fails with a message that names the plugin and the remedy, and then whatever was
     *     deployed before is still there
     */
    Future<PluginStatus> deploy(byte[] jar);

    /**
     * Undeploys a plugin and removes its jar from the plugin directory. Where the launcher brought one of the same id, that
     * one takes its place; one that only the launcher brought cannot be undeployed.
     */
    Future<Void> undeploy(String id);

    /**
     * One plugin as it is now.
     *
     * @param id its id; the file's name if the jar could not be read as far as that
     * @param version its version; empty if it is not known
     * @param state one of {@code RESOLVED STARTING ACTIVE DRAINING STOPPED FAILED}
     * @param cause why it failed; else empty
     * @param bundled whether the launcher brought it
     * @param hot whether it is replaced beside the running one; else by stopping what depends on it
     * @param deploys what it runs, by name
     */
    record PluginStatus(
            String id,
            String version,
            String state,
            String cause,
            boolean bundled,
            boolean hot,
            List<String> deploys) {}
}
