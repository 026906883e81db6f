package io.vledger.testkit.fake;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.RouteSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the broker would offer of a group of three members on one of their nodes, with everything settable. Safe for use by any
 * thread.
 */
public final class FakeRoutes implements RouteSource {
    private final String group;
    private final String node;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Long> published = new LinkedBlockingQueue<>();
    private volatile GroupStatus status;
    private volatile boolean standby;
    private volatile TopicsView topics;

    /** Of a follower that knows no leader, with these topics. */
    public FakeRoutes(String group, String node, String... topics) {
        this.group = group;
        this.node = node;
        this.status = statusOf(GroupRole.FOLLOWER, 1, null);
        this.topics = view(1, topics);
    }

    /** The member has this role from now on. */
    public void become(GroupRole role, long term, @Nullable String leader) {
        status = statusOf(role, term, leader);
        listeners.forEach(Runnable::run);
    }

    /** Another member leads from now on, whom clients reach at this address, {@code host:port}. */
    public void ledElsewhere(String leader, String clientAddress) {
        status = GroupStatus.builder(group, node)
                .role(GroupRole.FOLLOWER)
                .term(status.term() + 1)
                .leader(leader)
                .members(ThreeMembers.NODES.stream()
                        .map(ThreeMembers::member)
                        .map(member -> member.clientAddress(clientAddress).build())
                        .toList())
                .writable(true)
                .build();
        listeners.forEach(Runnable::run);
    }

    /** The group has these topics from now on, of four queues each. */
    public void topics(String... names) {
        topics = view(topics.version() + 1, names);
        listeners.forEach(Runnable::run);
    }

    /** All queues are shown under the second name, too. */
    public void withStandby() {
        standby = true;
    }

    private GroupStatus statusOf(GroupRole role, long term, @Nullable String leader) {
        return GroupStatus.builder(group, node)
                .role(role)
                .term(term)
                .leader(leader)
                .members(ThreeMembers.all())
                .writable(true)
                .build();
    }

    private static TopicsView view(long version, String... names) {
        return new TopicsView(
                version,
                Stream.of(names)
                        .map(name -> new Topic(name, 4, 4, 6, 0, false, Map.of()))
                        .toList());
    }

    /** Waits until it was said that the topics are shown as they are now. */
    public void awaitPublished() throws InterruptedException {
        long seen = Long.MIN_VALUE;
        while (seen < topicsVersion()) {
            Long next = published.poll(15, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("version " + topicsVersion() + " was not said to be published, only " + seen);
            }
            seen = next;
        }
    }

    @Override
    public String group() {
        return group;
    }

    @Override
    public String cluster() {
        return "DefaultCluster";
    }

    @Override
    public String clientAddress() {
        return ThreeMembers.clientAddress(node);
    }

    @Override
    public GroupStatus status() {
        return status;
    }

    @Override
    public TopicsView topics() {
        return topics;
    }

    @Override
    public long topicsVersion() {
        return topics.version();
    }

    @Override
    public int standbyQueues(Topic topic) {
        return standby ? topic.writeQueues() : 0;
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public void published(long topicsVersion) {
        published.add(topicsVersion);
    }
}
