/** Health checks that plugins register and the HTTP plugin shows. */
@NullMarked
package io.vledger.api.health;

import org.jspecify.annotations.NullMarked;
