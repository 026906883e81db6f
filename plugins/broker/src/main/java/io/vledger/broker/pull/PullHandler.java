package io.vledger.broker.pull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.GroupRole;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers pulls: request codes 11 and 361. Loop only; see the package. */
public final class PullHandler implements RequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(PullHandler.class);
    private static final int COMMIT_FLAG = 1;
    private static final int SUSPEND_FLAG = 2;
    private static final int SUBSCRIPTION_FLAG = 4;
    private static final int READ_PERMISSION = 4;
    private static final int MAX_SCAN_UNITS = 800;
    private static final int MAX_MESSAGES = 1024;
    private static final int MAX_BYTES = 256 << 10;
    private static final int MIN_BYTES = 100;
    /** Clients give up after 30 s; every pull is answered before. */
    private static final long MAX_SUSPEND_MS = 25_000;

    private final GroupBroker broker;
    private final Subscriptions subscriptions;
    private final ParkedPulls parked;
    private final ScanPlan plan = new ScanPlan();
    private boolean led;

    /** A handler of a group. */
    public PullHandler(GroupBroker broker, Subscriptions subscriptions) {
        this.broker = broker;
        this.subscriptions = subscriptions;
        this.parked = new ParkedPulls(broker.group(), broker.clock(), new ParkedPulls.Waker() {
            @Override
            public void arrived(Pull pull) {
                serve(pull, true);
            }

            @Override
            public void over(Pull pull) {
                serve(pull, false);
            }
        });
        broker.state().listen(new BrokerListener() {
            @Override
            public void topicsChanged() {
                parked.wakeIf(pull -> current(pull) != pull.queue);
            }

            @Override
            public void offsetsReset() {
                parked.wakeIf(pull -> resetTarget(pull) != ConsumerOffsets.NONE);
            }

            @Override
            public void roleChanged(GroupRole role, long term) {
                boolean leads = role == GroupRole.LEADER;
                if (leads != led || role == GroupRole.STOPPED) { // nobody would wake them any more
                    led = leads;
                    parked.wakeAll();
                }
            }

            @Override
            public void restored() {
                parked.wakeAll();
            }
        });
    }

    /** Pulls that wait now. */
    public int parkedPulls() {
        return parked.size();
    }

    @Override
    public void handle(RpcRequest request) {
        Fields fields = request.fields();
        if ((broker.config().broker().brokerPermission() & READ_PERMISSION) == 0) {
            forbid(request, 1, "the broker " + broker.group().name() + " is configured without read permission");
            return;
        }
        String groupName = fields.requiredText("consumerGroup");
        SubscriptionGroup group = broker.metadata().groupOrCreate(groupName);
        if (group == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "subscription group [" + groupName + "] does not exist");
        }
        if (!group.consumeEnable()) {
            forbid(request, 2, "subscription group [" + groupName + "] may not consume");
            return;
        }
        String topicName = fields.requiredText("topic");
        Topic topic = broker.state().topics().find(topicName);
        if (topic == null) {
            throw new RequestException(ResponseCode.TOPIC_NOT_EXIST, "topic[" + topicName + "] not exist");
        }
        if (!topic.config().readable()) {
            forbid(request, 3, "the topic[" + topicName + "] is without read permission");
            return;
        }
        int queueId = fields.requiredNumber("queueId");
        TopicQueue queue = queueId >= topic.config().readQueues() ? null : topic.queue(queueId);
        if (queue == null) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "queue " + queueId + " of topic " + topicName + ": there are "
                            + topic.config().readQueues() + " to read");
        }
        pull(request, group, queue);
    }

    private void pull(RpcRequest request, SubscriptionGroup group, TopicQueue queue) {
        Fields fields = request.fields();
        int flags = fields.requiredNumber("sysFlag");
        TagFilter filter = (flags & SUBSCRIPTION_FLAG) != 0
                ? given(fields)
                : registered(request, group, queue.topic().name());
        if (filter == null) {
            return;
        }
        int maxMessages = Math.max(1, Math.min(MAX_MESSAGES, fields.requiredNumber("maxMsgNums")));
        int wantedBytes = fields.number("maxMsgBytes", MAX_BYTES);
        int maxBytes = Math.max(MIN_BYTES, Math.min(MAX_BYTES, wantedBytes <= 0 ? MAX_BYTES : wantedBytes));
        long requested = fields.requiredLong("queueOffset");
        long suspendMs = Math.min(MAX_SUSPEND_MS, fields.requiredLong("suspendTimeoutMillis"));
        long committed = fields.requiredLong("commitOffset");
        if ((flags & COMMIT_FLAG) != 0
                && committed >= 0
                && !broker.resets().sentElsewhere(group.name(), queue.topic().name(), queue.id(), committed)) {
            broker.offsets().offer(group.name(), queue.topic().name(), queue.id(), committed);
        }
        Pull pull = new Pull(request, group, queue, filter, requested, maxMessages, maxBytes);
        boolean mayWait = (flags & SUSPEND_FLAG) != 0 && suspendMs > 0;
        if (mayWait) {
            pull.deadlineMs = broker.clock().getAsLong() + suspendMs;
        }
        serve(pull, mayWait);
    }

    private static TagFilter given(Fields fields) {
        String type = fields.text("expressionType");
        if (type != null && !type.isEmpty() && !type.equals("TAG")) {
            throw sqlRefused();
        }
        String expression = fields.text("subscription");
        return expression == null ? TagFilter.ALL : TagFilter.parse(expression);
    }

    private @Nullable TagFilter registered(RpcRequest request, SubscriptionGroup group, String topic) {
        Subscriptions.Consumers consumers = subscriptions.group(group.name());
        if (consumers == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_NOT_EXIST, "the consumer's group info not exist: " + group.name());
        }
        if (consumers.broadcasting() && !group.consumeBroadcastEnable()) {
            forbid(request, 4, "the consumer group[" + group.name() + "] may not consume by broadcasting");
            return null;
        }
        Subscriptions.Subscription subscription = consumers.topic(topic);
        if (subscription == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_NOT_EXIST,
                    "the consumer's subscription not exist: " + group.name() + " to " + topic);
        }
        boolean latest = subscription.version() >= request.fields().requiredLong("subVersion");
        if (!latest && !servesMore(request, subscription)) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_NOT_LATEST,
                    "the consumer's subscription not latest: " + group.name() + " to " + topic);
        }
        if (!subscription.tagged()) {
            throw sqlRefused();
        }
        return latest ? subscription.filter() : TagFilter.ALL;
    }

    /**
     * Whether a client whose subscription is newer than what was heard of it can be given everything. RocketMQ refuses, and the
     * client, which gives its subscription a new version whenever its queues change, may be silent until its next heartbeat.
     * Messages that were not asked for do no harm where the client picks by tag itself: Java clients do, and where everything was
     * asked for the most recent change can only be to less.
     */
    private static boolean servesMore(RpcRequest request, Subscriptions.Subscription subscription) {
        String type = request.fields().text("expressionType");
        boolean byTag = type == null || type.isEmpty() || type.equals("TAG");
        return byTag
                && (subscription.filter() == TagFilter.ALL || request.language().equals("JAVA"));
    }

    private static RequestException sqlRefused() {
        return new RequestException(
                ResponseCode.SYSTEM_ERROR, "The broker does not support consumer to filter message by SQL92");
    }

    private static void forbid(RpcRequest request, int forbiddenType, String remark) {
        request.reply(ResponseCode.NO_PERMISSION, remark, sink -> sink.put("forbiddenType", forbiddenType), null);
    }

    private @Nullable TopicQueue current(Pull pull) {
        Topic topic = broker.state().topics().find(pull.queue.topic().name());
        return topic == null ? null : topic.queue(pull.queue.id());
    }

    /** Where the pull's group is to go on because a tool says so, or {@link ConsumerOffsets#NONE}. */
    private long resetTarget(Pull pull) {
        return broker.state()
                .resets()
                .find(pull.group.name(), pull.queue.topic().name(), pull.queue.id());
    }

    /** Answers a pull, or lets it wait. */
    private void serve(Pull pull, boolean mayWait) {
        if (pull.detached) {
            TopicQueue queue = current(pull);
            if (queue == null) {
                pull.request.reply(
                        ResponseCode.TOPIC_NOT_EXIST,
                        "topic[" + pull.queue.topic().name() + "] not exist");
                return;
            }
            pull.queue = queue;
        }
        if (broker.resets()
                .sentElsewhere(pull.group.name(), pull.queue.topic().name(), pull.queue.id(), pull.requested)) {
            answer(pull, ResponseCode.PULL_OFFSET_MOVED, "OFFSET_RESET", resetTarget(pull), null);
            return;
        }
        long min = pull.queue.minOffset();
        long max = pull.queue.maxOffset();
        if (pull.from < min || pull.from > max) {
            outside(pull, min, mayWait);
        } else if (pull.from == max) {
            nothing(pull, max == 0 ? "NO_MESSAGE_IN_QUEUE" : "OFFSET_OVERFLOW_ONE", mayWait);
        } else {
            scan(pull, mayWait);
        }
    }

    /** The offset is not one of this queue as known here. */
    private void outside(Pull pull, long min, boolean mayWait) {
        if (pull.from < min) {
            String remark = "OFFSET_TOO_SMALL";
            int code = broker.state().leads() ? ResponseCode.PULL_OFFSET_MOVED : ResponseCode.PULL_RETRY_IMMEDIATELY;
            answer(pull, code, remark, min, null);
            return;
        }
        if (!broker.state().leads()) {
            nothing(pull, "OFFSET_OVERFLOW_ONE", mayWait);
            return;
        }
        // A deposed leader that does not know it yet may lag behind the consumer, and to correct the offset would then
        // repeat
        // messages. So it asks the others first; this is rare.
        pull.detach();
        broker.group().readBarrier(refusal -> {
            long known = pull.queue.maxOffset();
            if (refusal != null || pull.from <= known) {
                if (refusal == null) {
                    serve(pull, mayWait);
                } else {
                    nothing(pull, "OFFSET_OVERFLOW_ONE", mayWait);
                }
            } else {
                answer(pull, ResponseCode.PULL_OFFSET_MOVED, "OFFSET_OVERFLOW_BADLY", known, null);
            }
        });
    }

    /** There is nothing for the pull now. */
    private void nothing(Pull pull, String remark, boolean mayWait) {
        if (mayWait && parked.park(pull)) {
            return;
        }
        if (pull.from > pull.requested) {
            answer(pull, ResponseCode.PULL_RETRY_IMMEDIATELY, "NO_MATCHED_MESSAGE", pull.from, null);
        } else {
            answer(pull, ResponseCode.PULL_NOT_FOUND, remark, pull.from, null);
        }
    }

    private void scan(Pull pull, boolean mayWait) {
        if (pull.request.connection().congested()) {
            // The client reads slower than it asks: what it has not taken yet bounds what is gathered for it.
            pull.detach();
            pull.request.connection().onDrain(() -> serve(pull, mayWait));
            return;
        }
        try {
            plan.scan(pull.queue.log(), pull.from, MAX_SCAN_UNITS, pull.filter, pull.maxMessages, pull.maxBytes);
        } catch (StoreException failure) {
            LOG.warn(
                    "cannot read the index of queue {} of topic {}: {}",
                    pull.queue.id(),
                    pull.queue.topic().name(),
                    failure.getMessage());
            pull.request.reply(ResponseCode.SYSTEM_ERROR, failure.getMessage());
            return;
        }
        if (plan.messages() == 0) {
            pull.from = plan.next();
            if (pull.from >= pull.queue.maxOffset()) {
                nothing(pull, "NO_MATCHED_MESSAGE", mayWait);
            } else {
                answer(pull, ResponseCode.PULL_RETRY_IMMEDIATELY, "NO_MATCHED_MESSAGE", pull.from, null);
            }
            return;
        }
        pull.readFromMs = broker.clock().getAsLong();
        if (plan.firstPosition() >= broker.store().log().hotPosition()) {
            readHot(pull);
        } else {
            readCold(pull);
        }
    }

    private void readHot(Pull pull) {
        ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer(plan.bytes());
        StoreException failure = null;
        try {
            plan.runs().read(broker.store().log(), body, pull.queue.id());
        } catch (StoreException unreadable) {
            failure = unreadable;
        }
        finish(pull, body, plan.messages(), plan.next(), failure);
    }

    private void readCold(Pull pull) {
        pull.detach();
        ScanPlan.Runs runs = plan.runs();
        int messages = plan.messages();
        int queueId = pull.queue.id();
        long next = plan.next();
        ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer(plan.bytes());
        @Nullable StoreException[] failure = new StoreException[1];
        broker.coldReads()
                .run(
                        () -> {
                            try {
                                runs.read(broker.store().log(), body, queueId);
                            } catch (StoreException unreadable) {
                                failure[0] = unreadable;
                            }
                        },
                        () -> finish(pull, body, messages, next, failure[0]));
    }

    private void finish(Pull pull, ByteBuf body, int messages, long next, @Nullable StoreException failure) {
        if (failure == null) {
            broker.traffic().out(pull.topicAtGroup, messages, body.readableBytes());
            broker.traffic().read(broker.clock().getAsLong() - pull.readFromMs);
            answer(pull, ResponseCode.SUCCESS, "FOUND", next, body);
            return;
        }
        body.release();
        if (failure instanceof StoreException.OutOfRange) {
            // Retention took the messages between looking them up and reading them.
            long min = Math.max(pull.from, pull.queue.minOffset());
            answer(pull, ResponseCode.PULL_RETRY_IMMEDIATELY, "MESSAGE_WAS_REMOVING", min, null);
        } else if (failure instanceof StoreException.Damaged && messages > 1) {
            // One of them is damaged: those before it are delivered, one with each pull.
            pull.maxMessages = 1;
            serve(pull, false);
        } else {
            refuseUnreadable(pull, next - 1, failure);
        }
    }

    /** The consumer asks again: what is damaged is repaired from another member meanwhile, and never skipped. */
    private void refuseUnreadable(Pull pull, long queueOffset, StoreException failure) {
        String topic = pull.queue.topic().name();
        LOG.warn(
                "topic {}, queue {}, queue offset {} cannot be read: {}",
                topic,
                pull.queue.id(),
                queueOffset,
                failure.getMessage());
        pull.request.reply(
                ResponseCode.SYSTEM_ERROR,
                "queue offset " + queueOffset + " of queue " + pull.queue.id() + " of topic " + topic
                        + " cannot be read: " + failure.getMessage());
    }

    private void answer(Pull pull, int code, String remark, long next, @Nullable ByteBuf body) {
        if (body == null) {
            broker.traffic().missed();
        }
        if (next > pull.requested && code != ResponseCode.PULL_OFFSET_MOVED) {
            broker.traffic().pulled(pull.topicAtGroup, pull.queue.id(), next);
        }
        FieldWriter fields = sink -> {
            sink.put("suggestWhichBrokerId", 0);
            sink.put("nextBeginOffset", next);
            sink.put("minOffset", pull.queue.minOffset());
            sink.put("maxOffset", pull.queue.maxOffset());
            sink.put("topicSysFlag", pull.queue.topic().config().sysFlag());
            sink.put("groupSysFlag", pull.group.sysFlag());
        };
        pull.request.reply(code, remark, fields, body);
    }
}
