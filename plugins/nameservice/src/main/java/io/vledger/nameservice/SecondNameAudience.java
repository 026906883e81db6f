package io.vledger.nameservice;

import io.vledger.api.rpc.RpcConnection;

/**
 * Who is shown the second names of groups: everybody but tools. Producers need them in the routes that they keep, and a
 * request for a route does not tell who asks; but who has asked over the same connection for the list of brokers or topics, or
 * for a change, is a tool, and would take a second name for one more broker. A second name that was shown before that can be
 * looked up. Loop only.
 */
final class SecondNameAudience {
    private SecondNameAudience() {}

    /** What is known of who asks over one connection; its attachment. */
    private static final class Asker {
        private boolean tool;
        private boolean shown;
        private boolean registers;
    }

    private static Asker asker(RpcConnection connection) {
        if (connection.attachment() instanceof Asker known) {
            return known;
        }
        Asker fresh = new Asker();
        connection.attach(fresh);
        return fresh;
    }

    /** A broker registers. True the first time: whoever gets it must watch the connection for its end. */
    static boolean registers(RpcConnection connection) {
        Asker asker = asker(connection);
        boolean first = !asker.registers;
        asker.registers = true;
        return first;
    }

    /** Somebody asks what only tools ask. Returns whether a second name was shown there before. */
    static boolean tool(RpcConnection connection) {
        Asker asker = asker(connection);
        asker.tool = true;
        return asker.shown;
    }

    /** Somebody asks for a route. Returns whether second names are shown in it. */
    static boolean shows(RpcConnection connection) {
        Asker asker = asker(connection);
        asker.shown |= !asker.tool;
        return !asker.tool;
    }
}
