package io.vledger.grpc.client;

import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.TelemetryCommand;
import io.vledger.grpc.broker.BrokerLinks;
import io.vledger.grpc.call.Caller;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One client, by the id that it gave itself: what it said of itself, and the ways to brokers and back to it. */
public final class Client {
    private final String id;
    private final BrokerLinks links;
    private final Renewals renewals;
    private final BrokerRequests brokerRequests;
    private final Set<String> registeredAt = new HashSet<>();
    private @Nullable Settings settings;
    private long settingsMs;
    private @Nullable Predicate<TelemetryCommand> stream;
    private long seenMs;
    private String user = "";

    /** A client that has said nothing of itself. */
    public Client(String id, BrokerLinks links, Renewals renewals, BrokerRequests brokerRequests) {
        this.brokerRequests = brokerRequests;
        this.id = id;
        this.links = links;
        this.renewals = renewals;
    }

    /** Its id. */
    public String id() {
        return id;
    }

    /** Its connections to brokers. */
    public BrokerLinks links() {
        return links;
    }

    /** What brokers ask it. */
    public BrokerRequests brokerRequests() {
        return brokerRequests;
    }

    /** The receipts that are renewed for it. */
    public Renewals renewals() {
        return renewals;
    }

    /** What it said of itself; null until it did, also after it has turned to this member from another one. */
    public @Nullable Settings settings() {
        return settings;
    }

    /** When it last said so, milliseconds since the epoch. */
    public long settingsMs() {
        return settingsMs;
    }

    /** It has said of itself. */
    public void settings(@Nullable Settings said, long nowMs) {
        settings = said;
        settingsMs = nowMs;
    }

    /** The brokers that know it. */
    public Set<String> registeredAt() {
        return registeredAt;
    }

    /** By this stream, which says whether it takes a command, it can be asked; the latest counts. */
    public void stream(Predicate<TelemetryCommand> opened) {
        stream = opened;
    }

    /** A stream has ended. */
    public void streamEnded(Predicate<TelemetryCommand> ended) {
        if (stream == ended) {
            stream = null;
        }
    }

    /** Whether it can be asked. */
    public boolean reachable() {
        return stream != null;
    }

    /** Asks it, if it can be. */
    public boolean ask(TelemetryCommand command) {
        Predicate<TelemetryCommand> open = stream;
        return open != null && open.test(command);
    }

    /** Who it is. */
    String user() {
        return user;
    }

    /** It has called; what brokers are asked for from now on shows them this signature, also of what is renewed later. */
    void calls(Caller caller) {
        user = caller.user();
        links.signed(caller.signature());
    }

    long seenMs() {
        return seenMs;
    }

    void seen(long nowMs) {
        seenMs = nowMs;
    }
}
