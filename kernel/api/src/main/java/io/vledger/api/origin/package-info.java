/**
 * The data that a group continues from and that Vledger did not write: the log, queues and configuration of an old broker. Members agree on it
 * before the group's first start, and each keeps what it needs of it in its own directories.
 */
@NullMarked
package io.vledger.api.origin;

import org.jspecify.annotations.NullMarked;
