/** A broker of one member without threads, sockets and real time, over the real store on a simulated disk. */
@NullMarked
package io.vledger.broker.testing;

import org.jspecify.annotations.NullMarked;
