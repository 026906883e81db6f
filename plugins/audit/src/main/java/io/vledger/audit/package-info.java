/**
 * Writes a line for every committed message of chosen topics to a file: an example of a plugin that is not part of the broker.
 *
 * <p>Everything runs on the plugin's own thread. The file is the place that was reached: its last line names the entry and
 * message, so a restart or a replacement neither repeats nor leaves out a line.
 */
@NullMarked
package io.vledger.audit;

import org.jspecify.annotations.NullMarked;
