package io.vledger.nameservice;

import io.vertx.core.json.JsonObject;
import io.vledger.api.discovery.Discovery;
import io.vledger.api.discovery.Discovery.Sighting;
import io.vledger.api.rpc.Rpc;
import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import io.vledger.nameservice.RemoteBroker.SelfDescription;
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
 * <p>Discovery only says where to look. Each address is asked itself which broker it is ({@link RemoteBroker}), at once when
 * discovery reports something new of it and every {@value #ASK_MS} ms otherwise; so a false report can at most cause a question, and
 * known groups are followed, new leaders included, while discovery is down. An address is shown until it has not answered for
 * {@value #LOST_MS} ms. Groups of this process and brokers that registered here come first: nothing of theirs is touched. Loop
 * only.
 */
final class DiscoveredRoutes {
    static final long ASK_MS = 5000;
    static final long LOST_MS = 30_000;

    private static final Logger LOG = LoggerFactory.getLogger(DiscoveredRoutes.class);
    private static final long RETRY_MS = 1000;
    /** More addresses are not looked at, so that a flood of reports does not make this node flood the network. */
    private static final int MAX_ADDRESSES = 2048;

    /** An address that was sighted. */
    private static final class Candidate {
        private final String address;
        private final RemoteBroker broker;
        private @Nullable Sighting sighting;
        private boolean sighted;
        private boolean asking;
        private boolean answered;
        private long answeredMs;
        private long dueMs;

        Candidate(String address, RemoteBroker broker, long nowMs) {
            this.address = address;
            this.broker = broker;
            this.answeredMs = nowMs;
            this.dueMs = nowMs;
        }
    }

    /** What is shown of a group, and its owner in the table. */
    private record Shown(RouteOwner owner, List<Registration> registrations) {}

    private final Rpc rpc;
    private final RouteTable table;
    private final Predicate<String> own;
    private final LongSupplier clockMs;
    private final Map<String, Candidate> candidates = new HashMap<>();
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
     * Takes over what discovery reports now, and asks where that is due. To be called when that changes, and every second or so.
     *
     * @param discovery null while there is none: then what is known is followed by asking alone
     */
    void update(@Nullable Discovery discovery) {
        long nowMs = clockMs.getAsLong();
        candidates.values().forEach(candidate -> candidate.sighted = false);
        if (discovery != null) {
            discovery.sightings().forEach(sighting -> sight(sighting, nowMs));
        }
        for (Iterator<Candidate> all = candidates.values().iterator(); all.hasNext(); ) {
            Candidate candidate = all.next();
            if (!candidate.sighted && nowMs - candidate.answeredMs > LOST_MS) {
                candidate.broker.close();
                all.remove();
            } else if (!candidate.asking && nowMs - candidate.dueMs >= 0) {
                ask(candidate);
            }
        }
        show(nowMs);
    }

    /** Whether any address is looked after. */
    boolean following() {
        return !candidates.isEmpty();
    }

    private void sight(Sighting sighting, long nowMs) {
        String address = sighting.clientAddress();
        if (own.test(sighting.group())) {
            return;
        }
        Candidate candidate = candidates.get(address);
        if (candidate == null) {
            if (candidates.size() >= MAX_ADDRESSES) {
                return;
            }
            candidate = new Candidate(address, new RemoteBroker(address, rpc.memberClient(address)), nowMs);
            candidates.put(address, candidate);
        }
        candidate.sighted = true;
        if (!sighting.equals(candidate.sighting)) {
            candidate.sighting = sighting;
            candidate.dueMs = nowMs;
        }
    }

    private void ask(Candidate candidate) {
        candidate.asking = true;
        Sighting about = candidate.sighting;
        candidate.broker.ask().onComplete(result -> {
            long nowMs = clockMs.getAsLong();
            candidate.asking = false;
            if (result.succeeded()) {
                candidate.answered = true;
                candidate.answeredMs = nowMs;
                candidate.dueMs = Objects.equals(about, candidate.sighting) ? nowMs + ASK_MS : nowMs;
            } else {
                candidate.dueMs = nowMs + (candidate.answered ? RETRY_MS : ASK_MS);
                LOG.debug(
                        "discovery reported {}, which does not answer as a broker: {}",
                        candidate.address,
                        String.valueOf(result.cause()));
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
                LOG.info("group {} of other nodes is gone", group);
                hide(group);
            }
        }
        groups.forEach((group, registrations) -> {
            Shown before = shown.get(group);
            if (before == null || !before.registrations.equals(registrations) || incomplete(group, registrations)) {
                if (before == null) {
                    LOG.info("group {} of other nodes was found at {}", group, addresses(registrations));
                }
                hide(group);
                Shown now = new Shown(new RouteOwner.Discovered(group), registrations);
                shown.put(group, now);
                registrations.forEach(registration -> register(registration, now.owner, nowMs));
            }
        });
    }

    /** The members that answered lately, by group; the first of a group leads it if there is a leader. */
    private Map<String, List<Registration>> groups(long nowMs) {
        Map<String, Candidate> leaders = new HashMap<>();
        List<Candidate> live = new ArrayList<>();
        for (Candidate candidate : candidates.values()) {
            SelfDescription self = candidate.broker.last();
            if (self == null
                    || !candidate.answered
                    || nowMs - candidate.answeredMs > LOST_MS
                    || own.test(self.group())) {
                continue;
            }
            live.add(candidate);
            if (self.leads()) {
                leaders.merge(self.group(), candidate, DiscoveredRoutes::later);
            }
        }
        live.sort((a, b) -> {
            boolean leads = leaders.containsValue(a);
            return leads == leaders.containsValue(b) ? a.address.compareTo(b.address) : leads ? -1 : 1;
        });
        Map<String, List<Registration>> groups = new TreeMap<>();
        for (Candidate candidate : live) {
            SelfDescription self = Objects.requireNonNull(candidate.broker.last());
            boolean leads = leaders.get(self.group()) == candidate;
            groups.computeIfAbsent(self.group(), group -> new ArrayList<>())
                    .add(registration(candidate.address, self, leads));
        }
        return groups;
    }

    private static Candidate later(Candidate a, Candidate b) {
        return term(a) >= term(b) ? a : b;
    }

    private static long term(Candidate candidate) {
        SelfDescription self = candidate.broker.last();
        return self == null ? -1 : self.version().stateVersion();
    }

    private static Registration registration(String address, SelfDescription self, boolean leads) {
        Map<String, QueueData> topics = leads ? self.topics() : Map.of();
        // State version 0: a broker that registers itself outranks this.
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

    private void register(Registration registration, RouteOwner owner, long nowMs) {
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

    /** Withdraws everything, and closes connections. */
    void stop() {
        stopped = true;
        new ArrayList<>(shown.keySet()).forEach(this::hide);
        candidates.values().forEach(candidate -> candidate.broker.close());
        candidates.clear();
    }
}
