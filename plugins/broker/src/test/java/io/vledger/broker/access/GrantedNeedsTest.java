package io.vledger.broker.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.access.policy.Policies;
import io.vledger.access.policy.PolicyEntry;
import io.vledger.access.policy.Resource;
import io.vledger.access.policy.SourceRange;
import io.vledger.access.rights.Action;
import io.vledger.access.rights.Need;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is remembered of rights is never more than what the policies of this moment grant. */
class GrantedNeedsTest {
    private static final InetAddress FROM = InetAddress.getLoopbackAddress();
    private static final Need PUBLISH = Need.topic("t1", Set.of(Action.PUB));

    private final GrantedNeeds granted = new GrantedNeeds();

    private static PolicyEntry entry(String resource, boolean allow, SourceRange... sources) {
        Resource parsed = Resource.parse(resource);
        assertThat(parsed).isNotNull();
        return new PolicyEntry(parsed, List.of(Action.PUB), List.of(sources), allow);
    }

    private static Policies policies(PolicyEntry... first) {
        List<PolicyEntry> entries = new ArrayList<>(List.of(first));
        for (int i = 0; i < 20; i++) {
            entries.add(entry("Topic:other" + i, true));
        }
        return new Policies(entries, List.of());
    }

    @Test
    void aGrantIsRememberedAndEndsWithThePoliciesThatGaveIt() {
        Policies before = policies(entry("Topic:t*", true));
        assertThat(granted.refusal("u", before, PUBLISH, FROM)).isNull();
        assertThat(granted.refusal("u", before, PUBLISH, FROM)).isNull();
        assertThat(granted.size()).isEqualTo(1);
        Policies after = before.with(new Policies(List.of(entry("Topic:t1", false)), List.of()));
        assertThat(granted.refusal("u", after, PUBLISH, FROM)).isEqualTo("the decision is deny.");
        assertThat(granted.size()).isZero();
        assertThat(granted.refusal("other", policies(), PUBLISH, FROM)).isEqualTo("no matched policies.");
    }

    @Test
    void whatDependsOnTheAddressIsAskedForEachTime() throws Exception {
        SourceRange loopback = SourceRange.parse("127.0.0.0/8");
        assertThat(loopback).isNotNull();
        Policies local = policies(entry("Topic:t1", true, loopback));
        assertThat(granted.refusal("u", local, PUBLISH, FROM)).isNull();
        InetAddress far = InetAddress.getByName("10.0.0.7");
        assertThat(granted.refusal("u", local, PUBLISH, far)).isEqualTo("no matched policies.");
        assertThat(granted.size()).isZero();
    }

    @Test
    void namesThatAUserMakesUpDoNotFillTheMemory() {
        Policies all = policies(entry("Topic:*", true));
        for (int i = 0; i < 25_000; i++) {
            assertThat(granted.refusal("u", all, Need.topic("t" + i, Set.of(Action.PUB)), FROM))
                    .isNull();
            assertThat(granted.size()).isLessThanOrEqualTo(10_000);
        }
        assertThat(granted.refusal("u", all, Need.topic("t".repeat(300), Set.of(Action.PUB)), FROM))
                .isNull();
        granted.forget("u");
        assertThat(granted.size()).isZero();
    }
}
