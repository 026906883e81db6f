package io.vledger.kernel.plugin;

/** Where a plugin is in its life. */
public enum PluginState {
    /** Read and described; what it requires is there, or not yet. */
    RESOLVED,
    /** Its verticle is being deployed. */
    STARTING,
    /** It serves. */
    ACTIVE,
    /** It finishes what it accepted and takes nothing new. */
    DRAINING,
    /** Undeployed; its services and checks are gone. */
    STOPPED,
    /** It could not start, or could not stop in order; the cause is kept. */
    FAILED
}
