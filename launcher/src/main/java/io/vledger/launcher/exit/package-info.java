/**
 * How the process ends: its exit codes, and the one line on standard error that says why. Knows no command; every command may use it.
 */
@NullMarked
package io.vledger.launcher.exit;

import org.jspecify.annotations.NullMarked;
