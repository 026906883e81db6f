package io.vledger.broker.rig;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Completion;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.broker.BrokerContext;
import io.vledger.broker.GroupBroker;
import io.vledger.broker.client.OnlineClients;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.TopicConfig;
import io.vledger.store.mmap.MmapStoreProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A broker of one group with all handlers of clients and tools, called directly. */
public final class Rig implements AutoCloseable {
    private static final long SEGMENT_BYTES = 1 << 20;

    private final Map<Integer, RequestHandler> handlers = new HashMap<>();
    private final GroupStore store;
    private final RigGroup group;
    private final GroupBroker broker;
    private final BrokerState state;

    /** Opens a broker, as a leader, in an empty directory. */
    public Rig(Path directory) throws StoreException {
        store = new MmapStoreProvider()
                .open(new StoreSpec(
                        directory, "broker-a", "n0", SEGMENT_BYTES, new LogBase(0, 0, 0), new JsonObject()));
        group = new RigGroup(store);
        BrokerState state = new BrokerState("cluster-a", "broker-a", store.queues(), store.keys());
        group.bind(state);
        GroupConfig config = config(directory);
        NodeInfo node = new NodeInfo(
                "n0", "cluster-a", directory, List.of("127.0.0.1:9876"), List.of(config), "127.0.0.1", -1, "1");
        this.state = state;
        broker = new GroupBroker(
                new BrokerContext(node, config, group, store, state, ColdReads.INLINE, group::nowMs), null);
        Handlers table = new Handlers() {
            @Override
            public AutoCloseable register(int code, RequestHandler handler) {
                if (handlers.putIfAbsent(code, handler) != null) {
                    throw new IllegalStateException("code " + code + " has a handler");
                }
                return () -> handlers.remove(code);
            }

            @Override
            public AutoCloseable replace(int code, RequestHandler handler) {
                handlers.put(code, handler);
                return () -> handlers.remove(code);
            }

            @Override
            public RequestHandler handlerOf(int code) {
                return handlers.getOrDefault(code, request -> request.reply(3, "not supported"));
            }
        };
        broker.start(table);
        group.lead();
    }

    private static GroupConfig config(Path directory) {
        return GroupConfig.builder("broker-a", directory)
                .port(30911)
                .peers(Map.of("n0", "127.0.0.1:40911", "n1", "127.0.0.1:40912"))
                .segmentBytes(SEGMENT_BYTES)
                .raft(GroupConfig.RaftTiming.builder()
                        .heartbeatMs(100)
                        .electionTimeoutMs(500)
                        .maxEntryBytes(1 << 19)
                        .maxInflightBytes(1 << 20)
                        .maxPendingBytes(1 << 20)
                        .checkpointBytes(1 << 20)
                        .checkpointIntervalMs(1000)
                        .build())
                .broker(GroupConfig.BrokerSettings.builder()
                        .messageDelayLevel("1s 5s 10s")
                        .build())
                .build();
    }

    /** The group. */
    public RigGroup group() {
        return group;
    }

    /** The replicated state. */
    public BrokerState state() {
        return state;
    }

    /** The broker's parts. */
    public GroupBroker broker() {
        return broker;
    }

    /** Who is online. */
    public OnlineClients clients() {
        return broker.clients();
    }

    /** A request from a tool, to be filled and passed to {@link #call}. */
    public RigRequest request(int code) {
        return request(code, new RigConnection(50_000));
    }

    /** A request over a connection. */
    public RigRequest request(int code, RigConnection connection) {
        return new RigRequest(code, connection);
    }

    /** Handles a request as the remoting server does. */
    public RigRequest call(RigRequest request) {
        RequestHandler handler = handlers.get(request.code());
        if (handler == null) {
            throw new AssertionError("no handler for " + request.code());
        }
        try {
            handler.handle(request);
        } catch (RequestException e) {
            request.reply(e.code(), e.getMessage());
        }
        return request;
    }

    /** Creates a topic. */
    public void topic(String name, int queues) {
        broker.metadata().putTopic(TopicConfig.of(name, queues, 6), Completion.NONE);
    }

    /** Stores a message; returns its log position. */
    public long message(String topic, int queueId, String body, String properties) {
        var queue = java.util.Objects.requireNonNull(
                java.util.Objects.requireNonNull(state.topics().find(topic)).queue(queueId));
        byte[] text = body.getBytes(StandardCharsets.UTF_8);
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        byte[] more = properties.getBytes(StandardCharsets.UTF_8);
        int size = 91 + text.length + name.length + more.length;
        long position = group.nextPayloadPosition(size);
        ByteBuf message = Unpooled.buffer(size);
        message.writeInt(size)
                .writeInt(0xDAA320A7)
                .writeInt(0)
                .writeInt(queueId)
                .writeInt(0);
        message.writeLong(queue.maxOffset()).writeLong(position).writeInt(0);
        message.writeLong(group.nowMs()).writeInt(0x7F000001).writeInt(1);
        message.writeLong(group.nowMs()).writeInt(0x7F000001).writeInt(30911);
        message.writeInt(0).writeLong(0).writeInt(text.length).writeBytes(text);
        message.writeByte(name.length).writeBytes(name);
        message.writeShort(more.length).writeBytes(more);
        group.propose(BrokerEntry.MESSAGES, BrokerEntry.VERSION, message, Completion.NONE);
        message.release();
        return position;
    }

    /** Commits a consumer offset. */
    public void consumed(String groupName, String topic, int queueId, long queueOffset) {
        broker.offsets().commit(groupName, topic, queueId, queueOffset, Completion.NONE);
        group.run(1);
    }

    @Override
    public void close() throws StoreException {
        store.close();
    }
}
