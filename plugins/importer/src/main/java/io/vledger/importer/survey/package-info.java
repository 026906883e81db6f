/**
 * Looks over the directories of one old broker and says what is there and whether Vledger can take it over. Reads only.
 */
@NullMarked
package io.vledger.importer.survey;

import org.jspecify.annotations.NullMarked;
