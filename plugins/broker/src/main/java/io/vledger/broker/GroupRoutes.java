package io.vledger.broker;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.RouteSource;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.group.StandbyQueues;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.TopicConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Tells the name service about a group. The topics are copied on the loop after changes, many changes at once; everything else
 * may be asked on any thread. Changes of leader and members, which the state machine does not see, are looked for every
 * {@value #WATCH_MS} ms.
 */
final class GroupRoutes implements RouteSource {
    private static final int WATCH_MS = 50;
    private static final int READ_WRITE = TopicConfig.READ | TopicConfig.WRITE;

    private final GroupBroker broker;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile TopicsView view = new TopicsView(0, List.of());
    private boolean copyQueued;
    private String seen = "";

    /** Loop only. */
    GroupRoutes(GroupBroker broker) {
        this.broker = broker;
    }

    /** Copies the topics and watches from now on. Loop only. */
    void start() {
        copy();
        broker.state().listen(new BrokerListener() {
            @Override
            public void topicsChanged() {
                queueCopy();
            }

            @Override
            public void roleChanged(GroupRole role, long term) {
                // After the change is complete, so that the status tells it.
                broker.group().execute(GroupRoutes.this::look);
            }
        });
        watch();
    }

    private void watch() {
        look();
        broker.group().schedule(WATCH_MS, this::watch);
    }

    private void look() {
        GroupStatus status = broker.group().status();
        StringBuilder now = new StringBuilder().append(status.role()).append(status.term());
        now.append(status.leader());
        for (GroupStatus.Member member : status.members()) {
            now.append(' ').append(member.node()).append('=').append(member.clientAddress());
            now.append(member.connected());
        }
        if (!seen.contentEquals(now)) {
            seen = now.toString();
            listeners.forEach(Runnable::run);
        }
    }

    private void queueCopy() {
        if (!copyQueued) {
            copyQueued = true;
            broker.group().execute(() -> {
                copyQueued = false;
                copy();
                listeners.forEach(Runnable::run);
            });
        }
    }

    private void copy() {
        List<Topic> topics = new ArrayList<>(broker.state().topics().size());
        int permission = broker.config().broker().brokerPermission();
        broker.state().topics().all().forEach(topic -> {
            TopicConfig config = topic.config();
            boolean template = config.name().equals(SystemNames.TEMPLATE_TOPIC);
            if (template && !broker.config().broker().autoCreateTopicEnable()) {
                return;
            }
            int queues = broker.config().broker().defaultTopicQueueNums();
            topics.add(new Topic(
                    config.name(),
                    template ? queues : config.readQueues(),
                    template ? queues : config.writeQueues(),
                    (permission & READ_WRITE) == READ_WRITE ? config.perm() : config.perm() & permission,
                    config.sysFlag(),
                    config.order(),
                    config.attributes()));
        });
        view = new TopicsView(broker.state().topics().version(), List.copyOf(topics));
    }

    @Override
    public String group() {
        return broker.group().name();
    }

    @Override
    public String cluster() {
        return broker.state().cluster();
    }

    @Override
    public String clientAddress() {
        return broker.config().clientAddress();
    }

    @Override
    public GroupStatus status() {
        return broker.group().status();
    }

    @Override
    public TopicsView topics() {
        return view;
    }

    @Override
    public long topicsVersion() {
        return view.version();
    }

    @Override
    public int standbyQueues(Topic topic) {
        return StandbyQueues.of(broker, topic.name(), topic.order(), topic.writeQueues());
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        listeners.add(listener);
        broker.group().execute(() -> broker.routes().watched(true));
        return () -> {
            listeners.remove(listener);
            broker.group().execute(() -> broker.routes().watched(!listeners.isEmpty()));
        };
    }

    @Override
    public void published(long topicsVersion) {
        broker.routes().published(topicsVersion);
    }
}
