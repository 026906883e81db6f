/**
 * What a plugin is and what the kernel gives it.
 *
 * <p>A plugin is one jar with a {@code META-INF/plugin.json} that names it, its version, the API version it was built for,
 * its main {@link io.vledger.api.plugin.PluginVerticle}, and the service types that it provides and requires. The broker's
 * own parts are plugins on the same path. Each plugin has a class loader of its own; what it shares with others are the
 * types of this module, Vert.x, Netty, SLF4J and the JDK. Plugins never see each other's classes: they meet in typed
 * services.
 */
@NullMarked
package io.vledger.api.plugin;

import org.jspecify.annotations.NullMarked;
