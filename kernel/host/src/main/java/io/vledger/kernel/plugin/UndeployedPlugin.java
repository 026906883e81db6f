package io.vledger.kernel.plugin;

import java.util.ServiceLoader;

/** What a plugin's jar offers to a command that runs without a node: a class of it, loaded as in a node, and nothing started. */
public final class UndeployedPlugin {
    private final PluginJar jar;

    /** Of a jar that was read whole. */
    public UndeployedPlugin(PluginJar jar) {
        this.jar = jar;
    }

    /** A new instance of the one service of a type that the jar names in {@code META-INF/services}. */
    public <S> S service(Class<S> type) {
        ClassLoader own = new PluginClassLoader(jar, UndeployedPlugin.class.getClassLoader());
        return ServiceLoader.load(type, own)
                .findFirst()
                .orElseThrow(() -> new PluginException(
                        jar.name() + ": offers no " + type.getName() + " to commands; is the jar of this release?"));
    }
}
