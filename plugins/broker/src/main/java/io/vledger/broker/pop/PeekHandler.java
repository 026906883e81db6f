package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.TagFilter;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.pull.ScanPlan;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Shows what the next pop of a group would give, without giving it (200052). Loop only. */
final class PeekHandler {
    private static final int MAX_SCAN_UNITS = 800;
    private static final int MAX_BYTES = 256 << 10;

    private final BrokerState state;
    private final PopState pops;
    private final PopChecks checks;
    private final LogStore log;
    private final ColdReads coldReads;
    private final BooleanSupplier secondRetryName;
    private final ScanPlan plan = new ScanPlan();

    PeekHandler(
            BrokerState state, PopChecks checks, LogStore log, ColdReads coldReads, BooleanSupplier secondRetryName) {
        this.state = state;
        this.pops = state.part(PopState.class);
        this.checks = checks;
        this.log = log;
        this.coldReads = coldReads;
        this.secondRetryName = secondRetryName;
    }

    /** 200052. */
    void peek(RpcRequest request) {
        checks.broker();
        Fields fields = request.fields();
        GroupTopic key = checks.reader(fields);
        int queueId = fields.requiredNumber("queueId");
        int bound = Math.max(1, Math.min(Flight.MAX_MESSAGES, fields.requiredNumber("maxMsgNums")));
        View view = new View(bound);
        try {
            look(view, key, key.topic(), queueId);
            look(view, key, RetryTopics.of(key, secondRetryName.getAsBoolean()), Pop.ALL_QUEUES);
        } catch (StoreException unreadable) {
            request.reply(ResponseCode.SYSTEM_ERROR, unreadable.getMessage());
            return;
        }
        Runnable read = () -> view.portions.forEach(portion -> portion.read(log, TagFilter.ALL));
        if (view.portions.stream().allMatch(Portion::hot)) {
            read.run();
            answer(request, view);
        } else {
            coldReads.run(read, () -> answer(request, view));
        }
    }

    private static final class View {
        private final List<Portion> portions = new ArrayList<>();
        private int room;
        private long rest;

        View(int room) {
            this.room = room;
        }
    }

    private void look(View view, GroupTopic key, String topicName, int queueId) throws StoreException {
        Topic topic = state.topics().find(topicName);
        if (topic == null) {
            return;
        }
        int first = Math.max(0, queueId);
        int end = queueId < 0 ? topic.config().readQueues() : queueId + 1;
        for (int id = first; id < end; id++) {
            TopicQueue messages = topic.queue(id);
            if (messages == null) {
                continue;
            }
            GroupTopic own = new GroupTopic(key.group(), topicName);
            PopQueue queue = pops.queue(own, id);
            long known = Math.max(state.offsets().find(own, id), queue.cursor);
            long from = Math.max(messages.minOffset(), Math.min(messages.maxOffset(), known));
            view.rest += messages.maxOffset() - from;
            if (view.room > 0 && from < messages.maxOffset()) {
                plan.scan(messages.log(), from, MAX_SCAN_UNITS, TagFilter.ALL, view.room, MAX_BYTES);
                view.room -= plan.messages();
                boolean hot = plan.firstPosition() >= log.hotPosition();
                view.portions.add(new Portion(queue, messages, from, plan, hot));
            }
        }
    }

    private static void answer(RpcRequest request, View view) {
        @Nullable
        StoreException failure = view.portions.stream()
                .map(Portion::failure)
                .filter(each -> each != null)
                .findFirst()
                .orElse(null);
        if (failure != null) {
            view.portions.forEach(Portion::release);
            request.reply(ResponseCode.SYSTEM_ERROR, failure.getMessage());
            return;
        }
        boolean found = !view.portions.isEmpty();
        ByteBuf body = Unpooled.wrappedBuffer(
                view.portions.stream().map(Portion::takeBody).toArray(ByteBuf[]::new));
        request.reply(
                found ? ResponseCode.SUCCESS : ResponseCode.PULL_NOT_FOUND,
                found ? "FOUND" : "NO_MESSAGE_IN_QUEUE",
                sink -> sink.put("popTime", 0)
                        .put("invisibleTime", 0)
                        .put("reviveQid", 0)
                        .put("restNum", view.rest),
                body);
    }
}
