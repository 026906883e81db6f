/** What a connection may do before anything is known of its other side, and the PROXY protocol, by which a load balancer says who that is. */
@NullMarked
package io.vledger.remoting.stranger;

import org.jspecify.annotations.NullMarked;
