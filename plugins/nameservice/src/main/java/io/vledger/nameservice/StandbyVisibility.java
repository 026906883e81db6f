package io.vledger.nameservice;

import io.vledger.api.rpc.RpcConnection;

/**
 * Which clients are shown the standby names of groups: all but tools. Producers need them in the routes that they keep, and a
 * request for a route does not say what sends it; but a client that has asked over the same connection for the list of brokers
 * or topics, or for a change, is a tool, and would take a standby name for one more broker. A standby name that was shown before
 * that can be looked up. Loop only.
 */
final class StandbyVisibility {
    private StandbyVisibility() {}

    /** What is known of the client of one connection; its attachment. */
    private static final class Client {
        private boolean tool;
        private boolean shown;
        private boolean registers;
    }

    private static Client client(RpcConnection connection) {
        if (connection.attachment() instanceof Client known) {
            return known;
        }
        Client fresh = new Client();
        connection.attach(fresh);
        return fresh;
    }

    /** A broker registers. True the first time: the caller must then watch for the end of the connection. */
    static boolean registers(RpcConnection connection) {
        Client client = client(connection);
        boolean first = !client.registers;
        client.registers = true;
        return first;
    }

    /** A request came that only tools send. Returns whether a standby name was shown there before. */
    static boolean tool(RpcConnection connection) {
        Client client = client(connection);
        client.tool = true;
        return client.shown;
    }

    /** A route is asked for. Returns whether standby names are shown in it. */
    static boolean shows(RpcConnection connection) {
        Client client = client(connection);
        client.shown |= !client.tool;
        return !client.tool;
    }
}
