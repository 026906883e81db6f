package io.vledger.broker;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.RouteSource;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.config.Settings;
import io.vledger.broker.group.PublishedRoutes;
import io.vledger.broker.group.StandbyQueues;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.protocol.Permission;
import io.vledger.protocol.TopicNames;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Gives the name service the routes of a group. The topics are copied on the loop after changes, many changes at once; everything else
 * may be asked on any thread.
 */
final class GroupRoutes implements RouteSource {

    private final GroupConfig config;
    private final Group group;
    private final BrokerState state;
    private final Settings settings;
    private final PublishedRoutes published;
    private final StandbyQueues standbyQueues;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile TopicsView view = new TopicsView(0, List.of());
    private boolean copyQueued;
    private Group.Registration statusChanges = () -> {};

    /** Loop only. */
    GroupRoutes(
            GroupConfig config,
            Group group,
            BrokerState state,
            Settings settings,
            PublishedRoutes published,
            StandbyQueues standbyQueues) {
        this.config = config;
        this.group = group;
        this.state = state;
        this.settings = settings;
        this.published = published;
        this.standbyQueues = standbyQueues;
    }

    /** Copies the topics, and follows changes from now on. Loop only. */
    void start() {
        copy();
        state.listen(new BrokerListener() {
            @Override
            public void topicsChanged() {
                queueCopy();
            }
        });
        statusChanges = group.onStatus(status -> listeners.forEach(Runnable::run));
    }

    /** Stops following changes. Any thread. */
    void stop() {
        statusChanges.close();
    }

    private void queueCopy() {
        if (!copyQueued) {
            copyQueued = true;
            group.execute(() -> {
                copyQueued = false;
                copy();
                listeners.forEach(Runnable::run);
            });
        }
    }

    private void copy() {
        List<Topic> topics = new ArrayList<>(state.topics().size());
        int permission = settings.brokerPermission();
        state.topics().all().forEach(topic -> {
            TopicConfig own = topic.config();
            boolean template = own.name().equals(TopicNames.TEMPLATE);
            if (template && !settings.autoCreateTopicEnable()) {
                return;
            }
            int queues = settings.defaultTopicQueueNums();
            topics.add(new Topic(
                    own.name(),
                    template ? queues : own.readQueues(),
                    template ? queues : own.writeQueues(),
                    (permission & Permission.READ_WRITE) == Permission.READ_WRITE
                            ? own.perm()
                            : own.perm() & permission,
                    own.sysFlag(),
                    own.order(),
                    own.attributes()));
        });
        view = new TopicsView(state.topics().version(), List.copyOf(topics));
    }

    @Override
    public String group() {
        return group.name();
    }

    @Override
    public String cluster() {
        return state.cluster();
    }

    @Override
    public String clientAddress() {
        return config.clientAddress();
    }

    @Override
    public GroupStatus status() {
        return group.status();
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
        return standbyQueues.of(topic.name(), topic.order(), topic.writeQueues());
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        listeners.add(listener);
        group.execute(() -> published.watched(true));
        return () -> {
            listeners.remove(listener);
            group.execute(() -> published.watched(!listeners.isEmpty()));
        };
    }

    @Override
    public void published(long topicsVersion) {
        published.published(topicsVersion);
    }
}
