package io.vledger.http;

/** What a request may do. A token of one role has those before it as well. */
enum Role {
    /** Reads: groups, plugins, metrics. */
    READ,
    /** Changes what the node does: hands leadership over. */
    OPERATE,
    /** Changes what the node is: deploys and undeploys plugins. */
    ADMINISTER
}
