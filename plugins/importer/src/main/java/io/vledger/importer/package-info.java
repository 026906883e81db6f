/** Takes over what an old RocketMQ broker left: so far the check before an upgrade. */
@NullMarked
package io.vledger.importer;

import org.jspecify.annotations.NullMarked;
