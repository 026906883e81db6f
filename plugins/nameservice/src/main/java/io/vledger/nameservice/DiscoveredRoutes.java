package io.vledger.nameservice;

import io.vertx.core.json.JsonObject;
import io.vledger.api.discovery.Discovery;
import io.vledger.api.discovery.Discovery.Sighting;
import io.vledger.api.rpc.Rpc;
import io.vledger.nameservice.DistantBroker.Self;
import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import io.vledger.nameservice.RouteTable.BrokerView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows in the route table the groups that discovery finds elsewhere.
 *
 * <p>Discovery only says where to look. Each address is asked itself which broker it is ({@link DistantBroker}), at once when
 * discovery tells something new of it and every {@value #ASK_MS} ms otherwise; so a liar can at most cause a question, and
 * known groups are followed, new leaders included, while discovery is down. An address is shown until it has not answered for
 * {@value #LOST_MS} ms. Groups of this process and brokers that registered here come first: nothing of theirs is touched. Loop
 * only.
 */
final class DiscoveredRoutes {
    static final long ASK_MS = 5000;
    static final long LOST_MS = 30_000;

    private static final Logger LOG = LoggerFactory.getLogger(DiscoveredRoutes.class);
    private static final long RETRY_MS = 1000;
    /** More addresses are not looked at, so that whoever floods discovery does not make this node flood the network. */
    private static final int MAX_ADDRESSES = 2048;

    /** An address that was sighted. */
    private static final class Place {
        private final String address;
        private final DistantBroker broker;
        private @Nullable Sighting sighting;
        private boolean sighted;
        private boolean asking;
        private boolean answered;
        private long answeredMs;
        private long dueMs;

        Place(String address, DistantBroker broker, long nowMs) {
            this.address = address;
            this.broker = broker;
            this.answeredMs = nowMs;
            this.dueMs = nowMs;
        }
    }

    /** What is shown of a group, and under which owner. */
    private record Shown(Object owner, List<Registration> registrations) {}

    private final Rpc rpc;
    private final RouteTable table;
    private final Predicate<String> own;
    private final LongSupplier clockMs;
    private final Map<String, Place> places = new HashMap<>();
    private final Map<String, Shown> shown = new TreeMap<>();
    private boolean stopped;

    /**
     * @param own whether a group is one of this process
     * @param clockMs a monotonic time
     */
    DiscoveredRoutes(Rpc rpc, RouteTable table, Predicate<String> own, LongSupplier clockMs) {
        this.rpc = rpc;
        this.table = table;
        this.own = own;
        this.clockMs = clockMs;
    }

    /**
     * Looks at what discovery tells now, and asks where that is due. To be called a few times a second.
     *
     * @param discovery null while there is none: then what is known is followed by asking alone
     */
    void look(@Nullable Discovery discovery) {
        long nowMs = clockMs.getAsLong();
        places.values().forEach(place -> place.sighted = false);
        if (discovery != null) {
            discovery.sightings().forEach(sighting -> sight(sighting, nowMs));
        }
        for (Iterator<Place> all = places.values().iterator(); all.hasNext(); ) {
            Place place = all.next();
            if (!place.sighted && nowMs - place.answeredMs > LOST_MS) {
                place.broker.close();
                all.remove();
            } else if (!place.asking && nowMs - place.dueMs >= 0) {
                ask(place);
            }
        }
        show(nowMs);
    }

    private void sight(Sighting sighting, long nowMs) {
        String address = sighting.clientAddress();
        if (own.test(sighting.group())) {
            return;
        }
        Place place = places.get(address);
        if (place == null) {
            if (places.size() >= MAX_ADDRESSES) {
                return;
            }
            place = new Place(address, new DistantBroker(address, rpc.client(address)), nowMs);
            places.put(address, place);
        }
        place.sighted = true;
        if (!sighting.equals(place.sighting)) {
            place.sighting = sighting;
            place.dueMs = nowMs;
        }
    }

    private void ask(Place place) {
        place.asking = true;
        Sighting about = place.sighting;
        place.broker.ask().onComplete(result -> {
            long nowMs = clockMs.getAsLong();
            place.asking = false;
            if (result.succeeded()) {
                place.answered = true;
                place.answeredMs = nowMs;
                place.dueMs = Objects.equals(about, place.sighting) ? nowMs + ASK_MS : nowMs;
            } else {
                place.dueMs = nowMs + (place.answered ? RETRY_MS : ASK_MS);
                LOG.debug("{} was told of by discovery: {}", place.address, String.valueOf(result.cause()));
            }
            if (!stopped) {
                show(nowMs);
            }
        });
    }

    /** Brings the table in line with what the members say. */
    private void show(long nowMs) {
        Map<String, List<Registration>> groups = groups(nowMs);
        for (String group : new ArrayList<>(shown.keySet())) {
            if (!groups.containsKey(group)) {
                LOG.info("group {} elsewhere is not there any more", group);
                hide(group);
            }
        }
        groups.forEach((group, registrations) -> {
            Shown before = shown.get(group);
            if (before == null || !before.registrations.equals(registrations) || incomplete(group, registrations)) {
                if (before == null) {
                    LOG.info("group {} was found elsewhere, at {}", group, addresses(registrations));
                }
                hide(group);
                Shown now = new Shown(new Object(), registrations);
                shown.put(group, now);
                registrations.forEach(registration -> register(registration, now.owner, nowMs));
            }
        });
    }

    /** The members that answered lately, by group; the first of a group leads it if there is a leader. */
    private Map<String, List<Registration>> groups(long nowMs) {
        Map<String, Place> leaders = new HashMap<>();
        List<Place> live = new ArrayList<>();
        for (Place place : places.values()) {
            Self self = place.broker.last();
            if (self == null || !place.answered || nowMs - place.answeredMs > LOST_MS || own.test(self.group())) {
                continue;
            }
            live.add(place);
            if (self.leads()) {
                leaders.merge(self.group(), place, DiscoveredRoutes::later);
            }
        }
        live.sort((a, b) -> {
            boolean leads = leaders.containsValue(a);
            return leads == leaders.containsValue(b) ? a.address.compareTo(b.address) : leads ? -1 : 1;
        });
        Map<String, List<Registration>> groups = new TreeMap<>();
        for (Place place : live) {
            Self self = Objects.requireNonNull(place.broker.last());
            boolean leads = leaders.get(self.group()) == place;
            groups.computeIfAbsent(self.group(), group -> new ArrayList<>())
                    .add(registration(place.address, self, leads));
        }
        return groups;
    }

    private static Place later(Place a, Place b) {
        return term(a) >= term(b) ? a : b;
    }

    private static long term(Place place) {
        Self self = place.broker.last();
        return self == null ? -1 : self.version().stateVersion();
    }

    private static Registration registration(String address, Self self, boolean leads) {
        Map<String, QueueData> topics = leads ? self.topics() : Map.of();
        // State version 0: whoever registers for itself is believed rather than this.
        Version version = new Version(0, 0, 0);
        return new Registration(
                self.cluster(),
                self.group(),
                address,
                leads ? Registration.MASTER_ID : self.id(),
                address,
                Long.MAX_VALUE,
                version,
                topics);
    }

    private void register(Registration registration, Object owner, long nowMs) {
        BrokerView there = table.broker(registration.broker());
        if (there == null
                || (there.cluster().equals(registration.cluster())
                        && !there.addresses().containsKey(registration.id())
                        && !there.addresses().containsValue(registration.address()))) {
            table.register(registration, owner, nowMs);
        }
    }

    /** Whether an address is missing from the table, for example since the broker's own registration ended. */
    private boolean incomplete(String group, List<Registration> registrations) {
        BrokerView there = table.broker(group);
        return there == null
                || registrations.stream()
                        .anyMatch(r -> there.cluster().equals(r.cluster())
                                && !there.addresses().containsKey(r.id())
                                && !there.addresses().containsValue(r.address()));
    }

    private void hide(String group) {
        Shown before = shown.remove(group);
        if (before != null) {
            table.ownerGone(before.owner);
        }
    }

    private static Set<String> addresses(List<Registration> registrations) {
        Set<String> addresses = new TreeSet<>();
        registrations.forEach(registration -> addresses.add(registration.address()));
        return addresses;
    }

    /** For the health answer: addresses by group. */
    JsonObject describe() {
        JsonObject groups = new JsonObject();
        shown.forEach((group, there) -> groups.put(group, String.join(" ", addresses(there.registrations))));
        return groups;
    }

    /** Ends: shows nothing any more, and closes connections. */
    void stop() {
        stopped = true;
        new ArrayList<>(shown.keySet()).forEach(this::hide);
        places.values().forEach(place -> place.broker.close());
        places.clear();
    }
}
