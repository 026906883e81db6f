package io.vledger.raft.driver.verticle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.health.HealthCheck;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.Origin;
import io.vledger.api.store.Durability;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.OriginFiles;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members whose log continues an older one. */
class MembersWithOriginTest {
    private static final long SEGMENT_BYTES = 1 << 18;
    private static final LogBase BASE = new LogBase(0, 0, 5 * SEGMENT_BYTES);

    @TempDir
    Path directory;

    private final LocalMembers group = new LocalMembers(3);
    private final Map<String, String> peers = group.peers;
    private final Map<String, LocalMember> members = group.running;
    private final Map<String, GroupStore> own = new TreeMap<>();

    @AfterEach
    void stopAll() throws Exception {
        group.stopAll();
    }

    private void start(String id, @Nullable Origin origin) throws Exception {
        members.put(id, new LocalMember(id, directory.resolve(id), peers, Durability.SYNC, SEGMENT_BYTES, origin));
    }

    private Origin origin(String id, String identity) {
        return new Origin() {
            @Override
            public LogBase base() {
                return BASE;
            }

            @Override
            public String identity() {
                return identity;
            }

            @Override
            public InitialState initialState() {
                return new InitialState(List.of(), List.of(), List.of(), Map.of());
            }

            @Override
            public GroupStore continuedBy(GroupStore store) {
                own.put(id, store);
                return store;
            }
        };
    }

    private void propose(long from, int count) throws Exception {
        LocalMember leader = group.leader();
        List<CompletableFuture<Boolean>> outcomes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            outcomes.add(leader.propose(from + i));
        }
        for (CompletableFuture<Boolean> outcome : outcomes) {
            assertThat(outcome.get(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    private void awaitAllApplied(int count) {
        group.await("all applied " + count, () -> members.values().stream().allMatch(m -> m.applied.size() == count));
        List<Long> expected = LongStream.range(0, count).boxed().toList();
        members.values().forEach(m -> assertThat(m.applied).isEqualTo(expected));
    }

    @Test
    void aLogBeginsWhereItsOriginEndsAndAMemberThatLostItsDirectoryGetsItAgain() throws Exception {
        for (String id : peers.keySet()) {
            start(id, origin(id, "same"));
        }
        propose(0, 500);
        awaitAllApplied(500);
        own.values().forEach(store -> {
            assertThat(store.log().base()).isEqualTo(BASE);
            assertThat(store.log().firstPosition()).isEqualTo(BASE.position());
        });
        LocalMember lost = members.remove("n2");
        requireNonNull(lost).stop();
        try (Stream<Path> files = Files.walk(directory.resolve("n2"))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        propose(500, 500);
        start("n2", origin("n2", "same"));
        awaitAllApplied(1_000);
        assertThat(requireNonNull(own.get("n2")).log().base()).isEqualTo(BASE);
        group.stop("n1");
        start("n1", origin("n1", "same"));
        awaitAllApplied(1_000);
    }

    @Test
    void aMemberWithAnotherOriginIsNotListenedTo() throws Exception {
        for (String id : peers.keySet()) {
            start(id, origin(id, "same"));
        }
        propose(0, 10);
        awaitAllApplied(10);
        group.stop("n2");
        start("n2", origin("n2", "another"));
        propose(10, 10);
        group.await(
                "both applied",
                () -> group.member("n0").applied.size() == 20
                        && group.member("n1").applied.size() == 20);
        assertThat(group.member("n2").applied).hasSizeLessThanOrEqualTo(10);
        assertThat(group.member("n2").group.status().leader()).isNull();
    }

    @Test
    void aLogThatContinuesAnOlderOneIsNotOpenedWithoutIt() throws Exception {
        start("n0", origin("n0", "same"));
        group.stop("n0");
        assertThatThrownBy(() -> start("n0", null))
                .hasMessageContaining("begins at position " + BASE.position())
                .hasMessageContaining("importer plugin");
    }

    @Test
    void damageOfTheOlderLogIsInTheHealthOfTheLogAndTheMemberStaysReady() throws Exception {
        AtomicReference<OriginFiles.Damage> damage = new AtomicReference<>(OriginFiles.Damage.NONE);
        peers.keySet().retainAll(List.of("n0"));
        start("n0", damagedOrigin(origin("n0", "same"), damage));
        HealthCheck log = group.member("n0").checks.get("log/g");
        assertThat(requireNonNull(log).check().detail().getMap())
                .containsEntry("damagedRuns", 0)
                .doesNotContainKey("damage");
        damage.set(new OriginFiles.Damage(3, 0, List.of("a: position 7: rotten", "b: position 9: rotten")));
        assertThat(log.check().detail().getMap())
                .containsEntry("damagedRuns", 2)
                .containsEntry("damage", "a: position 7: rotten; b: position 9: rotten");
        assertThat(log.check().ready()).isTrue();
    }

    /** An origin whose old files tell of damage. */
    private static Origin damagedOrigin(Origin origin, AtomicReference<OriginFiles.Damage> damage) {
        OriginFiles files = (OriginFiles) Proxy.newProxyInstance(
                OriginFiles.class.getClassLoader(),
                new Class<?>[] {OriginFiles.class},
                (proxy, method, arguments) ->
                        method.getName().equals("damage") ? damage.get() : method.invoke(OriginFiles.NONE, arguments));
        return (Origin) Proxy.newProxyInstance(
                Origin.class.getClassLoader(), new Class<?>[] {Origin.class}, (proxy, method, arguments) -> {
                    Object answer = method.invoke(origin, arguments);
                    return answer instanceof GroupStore store
                            ? Proxy.newProxyInstance(
                                    GroupStore.class.getClassLoader(),
                                    new Class<?>[] {GroupStore.class},
                                    (self, asked, given) ->
                                            asked.getName().equals("originFiles") ? files : asked.invoke(store, given))
                            : answer;
                });
    }

    @Test
    void membersAskEachOtherWhetherTheGroupIsOpenOrNot() throws Exception {
        peers.keySet().retainAll(List.of("n0", "n1"));
        start("n0", origin("n0", "same"));
        start("n1", origin("n1", "same"));
        propose(0, 1);
        PeerChannel asked = group.member("n1").originChannel();
        asked.serve(request -> Future.succeededFuture(Buffer.buffer("re: ").appendBuffer(request)));
        PeerChannel asking = group.member("n0").originChannel();
        assertThat(ask(asking, "open")).isEqualTo("re: open");

        group.member("n1").closeGroup();
        assertThat(ask(asking, "closed")).isEqualTo("re: closed");
        group.await("n0 says why n1 does not take part", () -> group.member("n0").group.status().members().stream()
                .anyMatch(member -> member.problem().equals("its node runs, and has not opened the group")));

        group.member("n1").openForAnother();
        assertThat(ask(asking, "open again")).isEqualTo("re: open again");
        propose(1, 1);
        awaitAllApplied(2);
    }

    private static String ask(PeerChannel channel, String question) throws Exception {
        return channel.request("n1", Buffer.buffer(question), 10_000)
                .await(20, TimeUnit.SECONDS)
                .toString();
    }
}
