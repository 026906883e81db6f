/** Takes over what an old RocketMQ broker left, and checks beforehand whether it can. */
@NullMarked
package io.vledger.importer;

import org.jspecify.annotations.NullMarked;
