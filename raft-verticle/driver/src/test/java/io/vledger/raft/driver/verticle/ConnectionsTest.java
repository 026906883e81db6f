package io.vledger.raft.driver.verticle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.store.Durability;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How members find each other, and find each other again. */
class ConnectionsTest {
    private static final List<String> IDS = List.of("n0", "n1", "n2");
    /** Two election time-outs of {@link LocalMember}, and much for a busy machine. */
    private static final long NOTICED_MS = 20_000;
    /** Another attempt to connect, its time-out, an election, and much for a busy machine. */
    private static final long BACK_MS = 20_000;

    @TempDir
    Path directory;

    private final LocalMembers group = new LocalMembers(4);
    private final Map<String, String> addresses = group.peers;
    private final Map<String, LocalMember> members = group.running;
    private final Map<String, SilentProxy> proxies = new TreeMap<>();

    @AfterEach
    void stopAll() throws Exception {
        group.stopAll();
        for (SilentProxy proxy : proxies.values()) {
            proxy.close();
        }
    }

    private Map<String, String> list(List<String> ids) {
        Map<String, String> list = new LinkedHashMap<>();
        ids.forEach(id -> list.put(id, addresses.get(id)));
        return list;
    }

    private LocalMember start(String id, Map<String, String> list) throws Exception {
        LocalMember member = new LocalMember(id, directory.resolve(id), list, Durability.SYNC, 1 << 20);
        members.put(id, member);
        return member;
    }

    private LocalMember leader() {
        group.await("there is a leader", Duration.ofSeconds(20), () -> leaders().size() == 1);
        return leaders().get(0);
    }

    private List<LocalMember> leaders() {
        return members.values().stream()
                .filter(member -> member.role() == GroupRole.LEADER)
                .toList();
    }

    private static GroupStatus.Member seen(LocalMember by, String id) {
        return by.group.status().members().stream()
                .filter(member -> member.node().equals(id))
                .findAny()
                .orElseThrow();
    }

    /** Every order of three. */
    private static List<List<String>> orders() {
        List<List<String>> all = new ArrayList<>();
        for (String first : IDS) {
            for (String second : IDS) {
                for (String third : IDS) {
                    if (!first.equals(second) && !first.equals(third) && !second.equals(third)) {
                        all.add(List.of(first, second, third));
                    }
                }
            }
        }
        return all;
    }

    /** Steps of 2 and 4 give every node itself first, or last; 0 the same order to all; others mix. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void membersListedInAnyOrderFormAGroup(int step) throws Exception {
        List<List<String>> orders = orders();
        for (int i = 0; i < IDS.size(); i++) {
            start(IDS.get(i), list(orders.get((i * step + step) % orders.size())));
        }
        LocalMember leader = leader();
        assertThat(leader.propose(1).get(20, TimeUnit.SECONDS)).isTrue();
        group.await("all have applied it", Duration.ofSeconds(20), () -> members.values().stream()
                .allMatch(m -> m.applied.size() == 1));
        assertThat(members.values())
                .as("all agree on the order, and with it on the standby")
                .allSatisfy(member -> assertThat(member.group.status().members())
                        .extracting(GroupStatus.Member::node)
                        .containsExactlyElementsOf(IDS));
    }

    @Test
    void eachNodeMayNameItselfFirstOrLast() throws Exception {
        start("n0", list(List.of("n1", "n2", "n0")));
        start("n1", list(List.of("n0", "n2", "n1")));
        start("n2", list(List.of("n0", "n1", "n2")));
        assertThat(leader().propose(1).get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void listsOfOtherMembersAreNamedOnBothSidesAndDoNotWorkTogether() throws Exception {
        LocalMember n0 = start("n0", list(List.of("n0", "n1")));
        LocalMember n1 = start("n1", list(List.of("n0", "n1", "n2")));
        group.await("n0 says what differs", Duration.ofSeconds(20), () -> n0.group
                .status()
                .problems()
                .toString()
                .contains("n1 lists n2 (" + addresses.get("n2") + "), this node does not"));
        group.await("n1 says what differs", Duration.ofSeconds(20), () -> n1.group
                .status()
                .problems()
                .toString()
                .contains("this node lists n2 (" + addresses.get("n2") + "), n0 does not"));
        assertThat(seen(n0, "n1").connected()).isFalse();
        assertThat(leaders()).isEmpty();
    }

    @Test
    void aNodeThatIsNotInTheListOfTheOtherIsNamedThereToo() throws Exception {
        LocalMember n0 = start("n0", list(List.of("n0", "n1")));
        LocalMember n1 = start("n1", list(List.of("n1", "n2")));
        group.await("n0 says what differs", Duration.ofSeconds(20), () -> n0.group
                .status()
                .problems()
                .toString()
                .contains("this node lists n0 (" + addresses.get("n0") + "), n1 does not"));
        group.await("n1 says what differs", Duration.ofSeconds(20), () -> n1.group
                .status()
                .problems()
                .toString()
                .contains("n0 lists n0 (" + addresses.get("n0") + "), this node does not"));
    }

    @Test
    void aWrongAddressIsNamedOnBothSidesAndTheOtherSideDials() throws Exception {
        Map<String, String> wrong = list(List.of("n0", "n1"));
        wrong.put("n1", addresses.get("n3"));
        LocalMember n0 = start("n0", wrong);
        LocalMember n1 = start("n1", list(List.of("n0", "n1")));
        assertThat(leader().propose(1).get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(n0.group.status().problems())
                .singleElement()
                .asString()
                .contains("n1 lists n1 at " + addresses.get("n1") + ", this node at " + addresses.get("n3"));
        assertThat(n1.group.status().problems())
                .singleElement()
                .asString()
                .contains("n0 lists n1 at " + addresses.get("n3") + ", this node at " + addresses.get("n1"));
    }

    private SilentProxy proxy(String from, String to) {
        return proxies.computeIfAbsent(from + to, pair -> {
            try {
                return new SilentProxy(
                        Integer.parseInt(requireNonNull(addresses.get(to)).substring("127.0.0.1:".length())));
            } catch (java.io.IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private void startBehindProxies() throws Exception {
        for (String id : IDS) {
            Map<String, String> list = new LinkedHashMap<>();
            for (String other : IDS) {
                list.put(
                        other,
                        other.equals(id) ? addresses.get(id) : proxy(id, other).address());
            }
            start(id, list);
        }
    }

    private List<SilentProxy> around(String victim) {
        return proxies.entrySet().stream()
                .filter(entry -> entry.getKey().contains(victim))
                .map(Map.Entry::getValue)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"leader", "follower"})
    void aSilentMemberIsNoticedByBothSidesAndIsBackSoonAfterTheNetworkIs(String role) throws Exception {
        startBehindProxies();
        LocalMember first = leader();
        assertThat(first.propose(0).get(20, TimeUnit.SECONDS)).isTrue();
        group.await("all have applied it", Duration.ofSeconds(20), () -> members.values().stream()
                .allMatch(m -> m.applied.size() == 1));
        String victim = role.equals("leader")
                ? first.group.node()
                : IDS.stream()
                        .filter(id -> !id.equals(first.group.node()))
                        .findFirst()
                        .orElseThrow();
        List<String> others = IDS.stream().filter(id -> !id.equals(victim)).toList();

        around(victim).forEach(SilentProxy::cut);
        group.await("both sides see that nothing comes any more", Duration.ofMillis(NOTICED_MS), () -> others.stream()
                .allMatch(other -> !seen(group.member(other), victim).connected()
                        && !seen(group.member(victim), other).connected()));
        group.await("the others have a leader", Duration.ofSeconds(20), () -> others.stream()
                .anyMatch(other -> group.member(other).role() == GroupRole.LEADER));
        LocalMember second = others.stream()
                .map(members::get)
                .filter(member -> member.role() == GroupRole.LEADER)
                .findFirst()
                .orElseThrow();
        assertThat(second.propose(1).get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(group.member(victim).applied).containsExactly(0L);

        around(victim).forEach(SilentProxy::heal);
        group.await(
                "the victim has what it missed",
                Duration.ofMillis(BACK_MS),
                () -> group.member(victim).applied.size() == 2);
    }
}
