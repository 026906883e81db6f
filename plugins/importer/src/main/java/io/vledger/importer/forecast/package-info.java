/** What would become of an old broker's files after a start: when retention would delete which. Reads only. */
@NullMarked
package io.vledger.importer.forecast;

import org.jspecify.annotations.NullMarked;
