/**
 * The seam between stores and the operating system: files as a store uses them. Production maps it to file channels and
 * memory maps; the simulator keeps unsynced writes apart so that it can lose or tear them.
 *
 * <p>All names are relative to the directory of one group, with {@code /} between parts. All methods block.
 */
@NullMarked
package io.vledger.api.disk;

import org.jspecify.annotations.NullMarked;
