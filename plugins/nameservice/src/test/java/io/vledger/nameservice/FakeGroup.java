package io.vledger.nameservice;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.RouteSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A group's member as the broker would offer it, with everything settable. Safe for use by any thread. */
final class FakeGroup implements RouteSource {
    private final String node;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile GroupStatus status;
    /** Whether there is a standby name. */
    volatile boolean standby;

    private final BlockingQueue<Long> published = new LinkedBlockingQueue<>();
    private volatile TopicsView topics = view(1, "TBW102", "SELF_TEST_TOPIC");

    FakeGroup(String node) {
        this.node = node;
        this.status = status(GroupRole.FOLLOWER, 1, null);
    }

    void become(GroupRole role, long term, String leader) {
        status = status(role, term, leader);
        listeners.forEach(Runnable::run);
    }

    void topics(String... names) {
        topics = view(topics.version() + 1, names);
        listeners.forEach(Runnable::run);
    }

    private GroupStatus status(GroupRole role, long term, String leader) {
        List<GroupStatus.Member> members = new ArrayList<>();
        for (String member : List.of("n0", "n1", "n2")) {
            members.add(GroupStatus.Member.builder(member)
                    .raftAddress("r:" + member)
                    .clientAddress(address(member))
                    .connected(true)
                    .voter(true)
                    .build());
        }
        return GroupStatus.builder("ga", node)
                .role(role)
                .term(term)
                .leader(leader)
                .members(members)
                .writable(true)
                .build();
    }

    static String address(String node) {
        return "10.0.0." + node.substring(1) + ":10911";
    }

    private static TopicsView view(long version, String... names) {
        List<Topic> topics = new ArrayList<>();
        for (String name : names) {
            topics.add(new Topic(name, 4, 4, 6, 0, false, Map.of()));
        }
        return new TopicsView(version, topics);
    }

    @Override
    public String group() {
        return "ga";
    }

    @Override
    public String cluster() {
        return "DefaultCluster";
    }

    @Override
    public String clientAddress() {
        return address(node);
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
    public void published(long topicsVersion) {
        published.add(topicsVersion);
    }

    /** Waits until it was said that the topics are shown as they are now. */
    void awaitPublished() throws InterruptedException {
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
    public AutoCloseable onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
