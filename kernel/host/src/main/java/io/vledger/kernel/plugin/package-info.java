/**
 * How plugins get into the process: read whole into memory, given a class loader of their own, described by a descriptor,
 * and joined by typed services.
 *
 * <p>Nothing of a plugin's jar is touched after {@link io.vledger.kernel.plugin.PluginJar} has read it: replacing or removing
 * the file cannot hurt a running node. Bundled plugins are jars inside the launcher's jar and take the same path.
 */
@NullMarked
package io.vledger.kernel.plugin;

import org.jspecify.annotations.NullMarked;
