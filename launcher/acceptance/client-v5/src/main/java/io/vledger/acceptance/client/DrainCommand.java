package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.filter.ExpressionType;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyRemotingClient;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.body.BatchAck;
import org.apache.rocketmq.remoting.protocol.body.BatchAckMessageRequestBody;
import org.apache.rocketmq.remoting.protocol.header.AckMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.ExtraInfoUtil;
import org.apache.rocketmq.remoting.protocol.header.PopMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.PullMessageRequestHeader;

/**
 * Takes all messages of a topic in batches of 32, as fast as it goes, by requests of RocketMQ's own remoting classes: {@code mode} is
 * pull, batch (popped, and acknowledged together) or single (popped, and acknowledged one by one). Each of the {@code consumers} asks
 * again once it has its answer, while at most 96 of its messages are not acknowledged, as the push consumer does; one that pulls has a
 * queue of its own, and reads it {@code repeat} times. Answers {@code messages} and {@code ms}.
 */
final class DrainCommand implements Command {
    private static final int BATCH = 32;
    /** The push consumer's popThresholdForQueue. */
    private static final int MAX_UNACKNOWLEDGED = 96;

    private static final int CONSUMERS_OF_CONNECTION = 16;
    private static final long TIMEOUT_MS = 30_000;
    private static final long INVISIBLE_MS = 600_000;
    /** A queue from which others are being served from disk is not empty. */
    private static final long POLL_MS = 200;

    private final Clients clients;

    DrainCommand(Clients clients) {
        this.clients = clients;
    }

    @Override
    public Line run(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer("drain");
        String address = Objects.requireNonNull(
                Release.route(producer, line.text("topic")).get("broker.0"), "no broker 0 in the route");
        int consumers = (int) line.number("consumers", 16);
        List<NettyRemotingClient> connections = new ArrayList<>();
        for (int i = 0; i < consumers; i += CONSUMERS_OF_CONNECTION) {
            NettyClientConfig config = new NettyClientConfig();
            config.setClientWorkerThreads(1);
            config.setClientAsyncSemaphoreValue(1 << 20);
            NettyRemotingClient client = new NettyRemotingClient(config);
            client.start();
            connections.add(client);
        }
        try {
            long began = System.nanoTime();
            List<Consumer> all = new ArrayList<>();
            for (int i = 0; i < consumers; i++) {
                Consumer consumer = new Consumer(connections.get(i / CONSUMERS_OF_CONNECTION), address, line, i);
                consumer.next();
                all.add(consumer);
            }
            long messages = 0;
            for (Consumer consumer : all) {
                consumer.end.join();
                messages += consumer.messages.get();
            }
            return Line.of(line.number(), Line.OK, "messages", messages, "ms", (System.nanoTime() - began) / 1_000_000);
        } finally {
            connections.forEach(NettyRemotingClient::shutdown);
        }
    }

    private static final class Consumer {
        private final NettyRemotingClient client;
        private final String address;
        private final String topic;
        private final String group;
        private final String mode;
        private final int number;
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final AtomicLong messages = new AtomicLong();
        private long queueOffset;
        private long repeats;
        /** Guarded by this: messages, whether a pop is under way, and whether there was none left. */
        private int unacknowledged;

        private boolean popping;
        private boolean empty;

        Consumer(NettyRemotingClient client, String address, Line line, int number) {
            this.client = client;
            this.address = address;
            this.topic = line.text("topic");
            this.group = line.text("group");
            this.mode = line.text("mode");
            this.number = number;
            this.repeats = line.number("repeat", 1);
        }

        private CompletableFuture<RemotingCommand> ask(RemotingCommand request) {
            return client.invoke(address, request, TIMEOUT_MS);
        }

        /** Goes on after a failure of the request before it by failing itself. */
        private void then(
                CompletableFuture<RemotingCommand> answer, java.util.function.Consumer<RemotingCommand> step) {
            var unused = answer.whenComplete((response, failure) -> {
                try {
                    if (failure != null) {
                        throw new IllegalStateException(failure);
                    }
                    step.accept(response);
                } catch (RuntimeException wrong) {
                    end.completeExceptionally(wrong);
                }
            });
        }

        void next() {
            if (mode.equals("pull")) {
                pull();
            } else {
                popMore();
            }
        }

        private void pull() {
            PullMessageRequestHeader header = new PullMessageRequestHeader();
            header.setConsumerGroup(group);
            header.setTopic(topic);
            header.setQueueId(number);
            header.setQueueOffset(queueOffset);
            header.setMaxMsgNums(BATCH);
            header.setSysFlag(4); // the expression comes with the request, and nothing waits
            header.setCommitOffset(0L);
            header.setSuspendTimeoutMillis(0L);
            header.setSubscription("*");
            header.setSubVersion(0L);
            header.setExpressionType(ExpressionType.TAG);
            then(ask(RemotingCommand.createRequestCommand(RequestCode.PULL_MESSAGE, header)), response -> {
                if (response.getCode() == ResponseCode.PULL_NOT_FOUND) {
                    queueOffset = 0;
                    if (--repeats > 0) {
                        pull();
                    } else {
                        end.complete(null);
                    }
                    return;
                }
                require(response);
                long after = Long.parseLong(response.getExtFields().get("nextBeginOffset"));
                messages.addAndGet(after - queueOffset);
                queueOffset = after;
                pull();
            });
        }

        /** Pops if nothing holds that up, or ends. */
        private void popMore() {
            synchronized (this) {
                if (empty && unacknowledged == 0) {
                    end.complete(null);
                }
                if (popping || empty || unacknowledged >= MAX_UNACKNOWLEDGED) {
                    return;
                }
                popping = true;
            }
            pop();
        }

        private void pop() {
            PopMessageRequestHeader header = new PopMessageRequestHeader();
            header.setConsumerGroup(group);
            header.setTopic(topic);
            header.setQueueId(-1);
            header.setMaxMsgNums(BATCH);
            header.setInvisibleTime(INVISIBLE_MS);
            header.setPollTime(POLL_MS);
            header.setBornTime(System.currentTimeMillis());
            header.setInitMode(0);
            header.setExpType(ExpressionType.TAG);
            header.setExp("*");
            then(ask(RemotingCommand.createRequestCommand(RequestCode.POP_MESSAGE, header)), response -> {
                boolean none = response.getCode() == ResponseCode.POLLING_TIMEOUT;
                if (!none) {
                    require(response);
                    acknowledge(response.getExtFields());
                }
                synchronized (this) {
                    popping = false;
                    empty |= none;
                }
                popMore();
            });
        }

        private static String field(Map<String, String> fields, String name) {
            return Objects.requireNonNull(fields.get(name), name);
        }

        private void acknowledge(Map<String, String> fields) {
            List<RemotingCommand> acknowledgements = new ArrayList<>();
            List<BatchAck> batches = new ArrayList<>();
            String[] starts = field(fields, "startOffsetInfo").split(";");
            String[] queues = field(fields, "msgOffsetInfo").split(";");
            int count = 0;
            for (int i = 0; i < starts.length; i++) {
                String[] start = starts[i].split(" ");
                String[] queueOffsets = queues[i].split(" ")[2].split(",");
                messages.addAndGet(queueOffsets.length);
                count += queueOffsets.length;
                BatchAck batch = new BatchAck();
                batch.setConsumerGroup(group);
                batch.setTopic(topic);
                batch.setRetry(start[0]);
                batch.setStartOffset(Long.parseLong(start[2]));
                batch.setQueueId(Integer.parseInt(start[1]));
                batch.setReviveQueueId(Integer.parseInt(fields.get("reviveQid")));
                batch.setPopTime(Long.parseLong(fields.get("popTime")));
                batch.setInvisibleTime(Long.parseLong(fields.get("invisibleTime")));
                batch.setBitSet(new BitSet());
                for (String each : queueOffsets) {
                    batch.getBitSet().set((int) (Long.parseLong(each) - batch.getStartOffset()));
                    acknowledgements.add(single(batch, Long.parseLong(each)));
                }
                batches.add(batch);
            }
            if (mode.equals("batch")) {
                BatchAckMessageRequestBody body = new BatchAckMessageRequestBody();
                body.setBrokerName("any");
                body.setAcks(batches);
                RemotingCommand together = RemotingCommand.createRequestCommand(RequestCode.BATCH_ACK_MESSAGE, null);
                together.setBody(body.encode());
                acknowledgements = List.of(together);
            }
            synchronized (this) {
                unacknowledged += count;
            }
            int each = count / acknowledgements.size();
            for (RemotingCommand acknowledgement : acknowledgements) {
                then(ask(acknowledgement), response -> {
                    require(response);
                    synchronized (this) {
                        unacknowledged -= each;
                    }
                    popMore();
                });
            }
        }

        private RemotingCommand single(BatchAck batch, long messageOffset) {
            AckMessageRequestHeader header = new AckMessageRequestHeader();
            header.setConsumerGroup(group);
            header.setTopic(topic);
            header.setQueueId(batch.getQueueId());
            header.setOffset(messageOffset);
            header.setExtraInfo(ExtraInfoUtil.buildExtraInfo(
                    batch.getStartOffset(),
                    batch.getPopTime(),
                    batch.getInvisibleTime(),
                    batch.getReviveQueueId(),
                    topic,
                    "any",
                    batch.getQueueId(),
                    messageOffset));
            return RemotingCommand.createRequestCommand(RequestCode.ACK_MESSAGE, header);
        }

        private static void require(RemotingCommand response) {
            if (response.getCode() != ResponseCode.SUCCESS) {
                throw new IllegalStateException("code " + response.getCode() + ": " + response.getRemark());
            }
        }
    }
}
