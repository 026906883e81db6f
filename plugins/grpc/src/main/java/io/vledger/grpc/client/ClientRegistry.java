package io.vledger.grpc.client;

import apache.rocketmq.v2.Code;
import io.vledger.grpc.call.CallContext;
import io.vledger.grpc.call.StatusException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** The clients that call here, until they leave or are silent for long. */
public final class ClientRegistry {
    /** As RocketMQ's proxy: a client that sends heartbeats every 10 s is not gone before. */
    private static final long SILENT_MS = 120_000;
    /** Ids cost nothing: who sends each call with another one would fill the memory otherwise. */
    private static final int MAX_CLIENTS = 50_000;

    private final Function<CallContext, Client> factory;
    private final LongSupplier clock;
    private final Map<Key, Client> clients = new HashMap<>();

    /** Ids are what clients give themselves: nobody is another user's client by its id. */
    private record Key(String user, String id) {}

    /** @param factory makes a client that calls for the first time */
    public ClientRegistry(Function<CallContext, Client> factory, LongSupplier clock) {
        this.factory = factory;
        this.clock = clock;
    }

    /**
     * The client of a call.
     *
     * @throws StatusException if it calls for the first time and there are too many
     */
    public Client of(CallContext context) {
        Key key = new Key(context.caller().user(), context.clientId());
        Client client = clients.get(key);
        if (client == null) {
            if (clients.size() >= MAX_CLIENTS) {
                throw new StatusException(
                        Code.TOO_MANY_REQUESTS,
                        MAX_CLIENTS + " clients call this node, and it takes no more; connect to another member");
            }
            client = factory.apply(context);
            clients.put(key, client);
        }
        client.calls(context.caller());
        client.seen(clock.getAsLong());
        return client;
    }

    /** A client has left. */
    public void remove(Client client) {
        if (clients.remove(new Key(client.user(), client.id()), client)) {
            client.renewals().giveUp().onComplete(done -> client.links().close());
        }
    }

    /** Removes clients that are silent. To be called now and then. */
    public void removeSilent() {
        List<Client> silent = new ArrayList<>();
        for (Client client : clients.values()) {
            if (!client.reachable() && clock.getAsLong() - client.seenMs() > SILENT_MS) {
                silent.add(client);
            }
        }
        silent.forEach(this::remove);
    }

    /** Renews receipts that are due. To be called now and then. */
    public void renew() {
        clients.values().forEach(client -> client.renewals().renew());
    }

    /** How many there are. */
    public int size() {
        return clients.size();
    }

    /** How many can be asked. */
    public long reachable() {
        return clients.values().stream().filter(Client::reachable).count();
    }

    /** Closes the connections of all. */
    public void close() {
        clients.values().forEach(client -> client.links().close());
        clients.clear();
    }
}
