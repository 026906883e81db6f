/**
 * The command line: reads arguments and configuration, starts the kernel with the plugins carried in the jar, and turns every
 * failure into one line and an exit code.
 *
 * <p>This is the only place that ends the process. A person never sees a stack trace on the terminal: details go to
 * {@code <data directory>/log/vledger.log}, and to the terminal with {@code -v}.
 */
@NullMarked
package io.vledger.launcher;

import org.jspecify.annotations.NullMarked;
