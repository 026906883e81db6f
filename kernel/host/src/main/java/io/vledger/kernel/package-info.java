/**
 * The kernel: starts Vert.x, deploys plugins in the order of what they require, and stops them in reverse.
 *
 * <p>It knows no plugin by name. {@link io.vledger.kernel.Kernel} is the whole life of a node; the launcher only reads the
 * command line, calls it, and turns its failures into one line and an exit code.
 */
@NullMarked
package io.vledger.kernel;

import org.jspecify.annotations.NullMarked;
