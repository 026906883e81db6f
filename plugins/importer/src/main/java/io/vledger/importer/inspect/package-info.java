/**
 * Inspects the directories of one old broker: {@link io.vledger.importer.inspect.Surveyor} says what is there, and what forbids
 * taking it over, as typed findings. Only reads; one thread at a time.
 */
@NullMarked
package io.vledger.importer.inspect;

import org.jspecify.annotations.NullMarked;
