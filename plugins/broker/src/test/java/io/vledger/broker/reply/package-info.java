/** Tests of request-reply. */
@NullMarked
package io.vledger.broker.reply;

import org.jspecify.annotations.NullMarked;
