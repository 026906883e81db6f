/**
 * How members agree before a group's first start on the origin that they continue from, and copy what they lack from each other. {@link
 * io.vledger.importer.agree.Agreement} decides and does no I/O; {@link io.vledger.importer.agree.GroupPreparation} queries the other members,
 * copies and waits, on a thread of its own; {@link io.vledger.importer.agree.PeerQueryHandler} answers their queries. Old files
 * are only read.
 */
@NullMarked
package io.vledger.importer.agree;

import org.jspecify.annotations.NullMarked;
