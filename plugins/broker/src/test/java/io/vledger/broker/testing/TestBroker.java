package io.vledger.broker.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.broker.BrokerContext;
import io.vledger.broker.GroupBroker;
import io.vledger.broker.GroupState;
import io.vledger.broker.access.NodeAccess;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.routing.RequestRouter;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.message.MessageView;
import io.vledger.store.mmap.MmapStoreProvider;
import io.vledger.testkit.SimDisk;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeGroup;
import io.vledger.testkit.fake.FakeHandlers;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One member with all handlers. What is requested is also applied before {@link #call} returns. */
public final class TestBroker implements AutoCloseable {
    /** A name server that is not there unless a test puts it among {@link #members}. */
    public static final String NAME_SERVER = "127.0.0.1:9876";

    private static final int SEGMENT_BYTES = 8 << 20;
    /** A stored message without body, topic and properties. */
    private static final int MESSAGE_BYTES = 91;

    private static final List<Integer> EVERY_HOUR =
            IntStream.range(0, 24).boxed().toList();

    private final GroupStore store;
    private final FakeGroup group;
    private final BrokerState state;
    private final GroupBroker broker;
    private final Handlers handlers = new FakeHandlers();
    private final Handlers served;
    private final AtomicBoolean standby = new AtomicBoolean();
    private final @Nullable RequestRouter router;
    private final FakeConnection connection = new FakeConnection();
    private final FakeMembers members = new FakeMembers();

    private TestBroker(GroupConfig.BrokerSettings settings) {
        this("n0", settings, null, null, openStore());
    }

    private TestBroker(
            String id,
            GroupConfig.BrokerSettings settings,
            @Nullable Function<String, ? extends RpcRelay> relays,
            @Nullable Origin origin,
            GroupStore opened) {
        this(id, settings, relays, origin, opened, NodeAccess.NONE);
    }

    private TestBroker(
            String id,
            GroupConfig.BrokerSettings settings,
            @Nullable Function<String, ? extends RpcRelay> relays,
            @Nullable Origin origin,
            GroupStore opened,
            NodeAccess access) {
        store = opened;
        group = new FakeGroup(store, id);
        state = GroupState.create("Cluster", "broker-a", store, origin);
        group.machine(state);
        GroupConfig config = config(settings);
        NodeInfo node = new NodeInfo(
                id, "Cluster", Path.of("data"), List.of(NAME_SERVER), List.of(config), "127.0.0.1", -1, "1");
        BrokerContext context =
                new BrokerContext(node, config, group, store, state, ColdReads.INLINE, members.links(), group::nowMs);
        router = relays == null ? null : new RequestRouter(group, state, group::nowMs, relays::apply, standby::get);
        broker = new GroupBroker(context, router, access);
        broker.start(handlers);
        served = broker.access().guarded(handlers);
    }

    private static GroupStore continued(Origin origin) {
        try {
            return origin.continuedBy(openStore(origin.base()));
        } catch (StoreException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** A follower that relays what a leader has to serve. */
    public static TestBroker forwarding(Function<String, ? extends RpcRelay> relays) {
        return new TestBroker("n0", usual(), relays, null, openStore());
    }

    /** A follower with settings of its own that continues from pre-existing data. */
    public static TestBroker after(Origin origin, GroupConfig.Features features) {
        return new TestBroker(
                "n0",
                GroupConfig.BrokerSettings.builder()
                        .maxMessageSize(64 << 10)
                        .features(features)
                        .build(),
                null,
                origin,
                continued(origin));
    }

    /** A follower that continues from pre-existing data. */
    public static TestBroker after(Origin origin) {
        return new TestBroker("n0", usual(), null, origin, continued(origin));
    }

    /** A leader with access control. */
    public static TestBroker guarded(NodeAccess access) {
        TestBroker broker = new TestBroker("n0", usual(), null, null, openStore(), access);
        broker.group.lead();
        broker.group.settle();
        return broker;
    }

    /** A leader with the usual settings. */
    public static TestBroker leader() {
        TestBroker broker = follower();
        broker.group.lead();
        return broker;
    }

    /** A leader with settings of its own. */
    public static TestBroker leader(GroupConfig.BrokerSettings settings) {
        TestBroker broker = new TestBroker(settings);
        broker.group.lead();
        return broker;
    }

    /** A follower with the usual settings. */
    public static TestBroker follower() {
        return new TestBroker(usual());
    }

    /** A follower with the usual settings as another member, which {@code leader} can call at {@code address}. */
    public static TestBroker follower(String id, String address, TestBroker leader) {
        TestBroker broker = new TestBroker(id, usual(), null, null, openStore());
        leader.members().put(address, broker::call);
        broker.members().confirms("n0", leader.members());
        return broker;
    }

    /** A leader with the usual settings over real files, for tests that read more than a simulated disk is quick enough for. */
    public static TestBroker leaderOver(Path directory) throws StoreException {
        StoreSpec spec = new StoreSpec(directory, "broker-a", "n0", SEGMENT_BYTES, LogBase.EMPTY, new JsonObject());
        TestBroker broker = new TestBroker("n0", usual(), null, null, new MmapStoreProvider().open(spec));
        broker.group.lead();
        return broker;
    }

    private static GroupConfig.BrokerSettings usual() {
        return GroupConfig.BrokerSettings.builder()
                .maxMessageSize(64 << 10)
                .messageDelayLevel("1s 5s 10s 30s 1m")
                .build();
    }

    /** A leader that creates neither topics nor groups. */
    public static TestBroker strict() {
        TestBroker broker = new TestBroker(GroupConfig.BrokerSettings.builder()
                .autoCreateTopicEnable(false)
                .autoCreateSubscriptionGroup(false)
                .maxMessageSize(64 << 10)
                .messageDelayLevel("1s 5s 10s")
                .build());
        broker.group.lead();
        return broker;
    }

    /** A leader with these settings of POP. */
    public static TestBroker leader(GroupConfig.Pop pop) {
        TestBroker broker =
                new TestBroker(GroupConfig.BrokerSettings.builder().pop(pop).build());
        broker.group.lead();
        return broker;
    }

    /** A leader with some features on and others off. */
    public static TestBroker leader(GroupConfig.Features features) {
        TestBroker broker = new TestBroker(GroupConfig.BrokerSettings.builder()
                .maxMessageSize(64 << 10)
                .features(features)
                .build());
        broker.group.lead();
        return broker;
    }

    /** An empty store on a disk in memory. */
    public static GroupStore openStore() {
        return openStore(LogBase.EMPTY);
    }

    private static GroupStore openStore(LogBase base) {
        try {
            return new MmapStoreProvider()
                    .open(
                            new StoreSpec(Path.of("broker-a"), "broker-a", "n0", SEGMENT_BYTES, base, new JsonObject()),
                            new SimDisk());
        } catch (StoreException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static GroupConfig config(GroupConfig.BrokerSettings settings) {
        return GroupConfig.builder("broker-a", Path.of("broker-a"))
                .peers(Map.of("n0", "127.0.0.1:1", "n1", "127.0.0.1:2"))
                .segmentBytes(SEGMENT_BYTES)
                .raft(GroupConfig.RaftTiming.builder().electionTimeoutMs(450).build())
                .retention(new GroupConfig.Retention(2, 0, EVERY_HOUR, 75, 85, true, 90, 72))
                .broker(settings)
                .build();
    }

    /** Its router. */
    public RequestRouter router() {
        return Objects.requireNonNull(router);
    }

    /** Clients know it under another broker name too, or no longer. */
    public void standby(boolean known) {
        standby.set(known);
    }

    /** The other members as it reaches them. */
    public FakeMembers members() {
        return members;
    }

    /** Its group. */
    public FakeGroup group() {
        return group;
    }

    /** Its state. */
    public BrokerState state() {
        return state;
    }

    /** Its parts. */
    public GroupBroker parts() {
        return broker;
    }

    /** Its storage. */
    public GroupStore store() {
        return store;
    }

    /** The connection of requests that name no other. */
    public FakeConnection connection() {
        return connection;
    }

    /** Gives a request to its handler, as the remoting does, and lets everything happen that can happen now. */
    public FakeRequest call(FakeRequest request) {
        begin(request);
        group.settle();
        return request;
    }

    /** Whether something looks at requests before their handlers. */
    public boolean looksAtRequests() {
        return served != handlers;
    }

    /** Gives a request to its handler and applies nothing. */
    public FakeRequest begin(FakeRequest request) {
        try {
            served.handlerOf(request.code()).handle(request);
        } catch (RequestException refused) {
            request.reply(refused.code(), refused.getMessage());
        }
        request.handlerReturned();
        return request;
    }

    /** A send as clients make it. */
    public FakeRequest send(String topic, int queueId, String body, String... properties) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < properties.length; i += 2) {
            text.append(properties[i])
                    .append('\u0001')
                    .append(properties[i + 1])
                    .append('\u0002');
        }
        return new FakeRequest(RequestCode.SEND_MESSAGE_V2)
                .on(connection)
                .with("a", "producers")
                .with("b", topic)
                .with("c", "TBW102")
                .with("d", 4)
                .with("e", queueId)
                .with("f", 0)
                .with("g", group.nowMs())
                .with("h", 0)
                .with("i", text.toString())
                .with("j", 0)
                .with("k", false)
                .with("m", false)
                .body(body.getBytes(StandardCharsets.UTF_8));
    }

    /** A pull of everything that does not wait. */
    public FakeRequest pull(String topic, int queueId, long queueOffset) {
        return new FakeRequest(RequestCode.PULL_MESSAGE)
                .on(connection)
                .with("consumerGroup", "consumers")
                .with("topic", topic)
                .with("queueId", queueId)
                .with("queueOffset", queueOffset)
                .with("maxMsgNums", 32)
                .with("sysFlag", 4)
                .with("commitOffset", 0)
                .with("suspendTimeoutMillis", 0)
                .with("subscription", "*")
                .with("subVersion", 0)
                .with("expressionType", "TAG");
    }

    /** A pull that waits up to 15 s. */
    public FakeRequest longPull(String topic, int queueId, long queueOffset) {
        return pull(topic, queueId, queueOffset).with("sysFlag", 6).with("suspendTimeoutMillis", 15_000);
    }

    /** Creates a topic that may be read and written. */
    public void topic(String name, int queues) {
        broker.metadata().putTopic(TopicConfig.of(name, queues, 6), Completion.NONE);
        group.settle();
    }

    /**
     * Stores a message, without what a send does beside that.
     *
     * @param properties as they are stored: keys and values with \\u0001 between and \\u0002 after them
     * @return its log position
     */
    public long message(String topic, int queueId, String body, String properties) {
        TopicQueue queue = Objects.requireNonNull(
                Objects.requireNonNull(state.topics().find(topic)).queue(queueId));
        byte[] text = body.getBytes(StandardCharsets.UTF_8);
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        byte[] more = properties.getBytes(StandardCharsets.UTF_8);
        int size = MESSAGE_BYTES + text.length + name.length + more.length;
        long position = group.nextPayloadPosition(size);
        ByteBuf message = Unpooled.buffer(size);
        message.writeInt(size)
                .writeInt(MessageView.MAGIC_V1)
                .writeInt(0)
                .writeInt(queueId)
                .writeInt(0);
        message.writeLong(queue.maxOffset()).writeLong(position).writeInt(0);
        message.writeLong(group.nowMs()).writeInt(0x7F000001).writeInt(1);
        message.writeLong(group.nowMs()).writeInt(0x7F000001).writeInt(10_911);
        message.writeInt(0).writeLong(0).writeInt(text.length).writeBytes(text);
        message.writeByte(name.length).writeBytes(name);
        message.writeShort(more.length).writeBytes(more);
        Refusal refusal = group.propose(BrokerEntry.MESSAGES, BrokerEntry.VERSION, message, Completion.NONE);
        if (refusal != null) {
            throw new AssertionError("refused: " + refusal);
        }
        group.settle();
        return position;
    }

    /** Commits a queue offset of a consumer group. */
    public void consumed(String consumers, String topic, int queueId, long queueOffset) {
        broker.offsets().commit(consumers, topic, queueId, queueOffset, Completion.NONE);
        group.advance(1);
    }

    /** The state's snapshot. */
    public byte[] snapshot() {
        return snapshotOf(state);
    }

    /** A state's snapshot. */
    public static byte[] snapshotOf(BrokerState state) {
        ByteBuf target = Unpooled.buffer();
        state.snapshot(target);
        return ByteBufUtil.getBytes(target);
    }

    /** The messages in the body of a pull's answer. */
    public static List<Message> messages(byte[] body) {
        List<Message> messages = new ArrayList<>();
        ByteBuf bytes = Unpooled.wrappedBuffer(body);
        MessageView view = new MessageView();
        int at = 0;
        while (at < body.length) {
            String wrong = view.wrap(bytes, at, body.length - at);
            if (wrong != null) {
                throw new AssertionError(wrong);
            }
            messages.add(Message.of(view));
            at += view.totalSize();
        }
        return messages;
    }

    @Override
    public void close() throws StoreException {
        store.close();
        if (!group.callbackFailures().isEmpty()) {
            throw new AssertionError(
                    "a completion threw", group.callbackFailures().get(0));
        }
    }

    /** A stored message, for assertions. */
    public record Message(
            String topic,
            int queueId,
            long queueOffset,
            long position,
            String body,
            int reconsumeTimes,
            long storedMs,
            Map<String, String> properties) {

        static Message of(MessageView view) {
            Map<String, String> properties = new LinkedHashMap<>();
            String text = view.buffer().toString(view.propertiesAt(), view.propertiesLength(), StandardCharsets.UTF_8);
            for (String pair : text.split("\u0002", -1)) {
                int end = pair.indexOf('\u0001');
                if (end > 0) {
                    properties.put(pair.substring(0, end), pair.substring(end + 1));
                }
            }
            return new Message(
                    view.topic(),
                    view.queueId(),
                    view.queueOffset(),
                    view.physicalOffset(),
                    view.buffer().toString(view.bodyAt(), view.bodyLength(), StandardCharsets.UTF_8),
                    view.reconsumeTimes(),
                    view.storeTimestamp(),
                    properties);
        }
    }
}
