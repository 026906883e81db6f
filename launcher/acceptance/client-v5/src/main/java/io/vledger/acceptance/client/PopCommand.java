package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.AckCallback;
import org.apache.rocketmq.client.consumer.AckResult;
import org.apache.rocketmq.client.consumer.AckStatus;
import org.apache.rocketmq.client.consumer.PopCallback;
import org.apache.rocketmq.client.consumer.PopResult;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.header.AckMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.ExtraInfoUtil;
import org.apache.rocketmq.remoting.protocol.header.PopMessageRequestHeader;

/** Takes messages as a POP consumer does, and acknowledges every other one of them, or none ({@code keep}). */
@SuppressWarnings("deprecation") // The client has no other way to ask for these.
final class PopCommand implements Command {
    private static final long TIMEOUT_MS = 30_000;
    private static final long POLL_MS = 1_000;

    private final Clients clients;

    PopCommand(Clients clients) {
        this.clients = clients;
    }

    @Override
    public Line run(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer("pop");
        String address = Objects.requireNonNull(
                Release.route(producer, line.text("topic")).get("broker.0"), "no broker 0 in the route");
        MQClientAPIImpl api =
                producer.getDefaultMQProducerImpl().getMqClientFactory().getMQClientAPIImpl();
        List<String> left = new ArrayList<>();
        boolean acknowledge = !line.flag("keep");
        for (MessageExt message : pop(api, address, line)) {
            if (acknowledge) {
                acknowledge(api, address, line, message);
            } else {
                left.add(Messages.body(message));
            }
            acknowledge = !acknowledge && !line.flag("keep");
        }
        return Line.of(line.number(), Line.OK, "left", String.join(";", left));
    }

    private static List<MessageExt> pop(MQClientAPIImpl api, String address, Line line) throws Exception {
        PopMessageRequestHeader header = new PopMessageRequestHeader();
        header.setConsumerGroup(line.text("group"));
        header.setTopic(line.text("topic"));
        header.setQueueId(-1);
        header.setMaxMsgNums((int) line.number("count"));
        header.setInvisibleTime(line.number("invisibleMs"));
        header.setPollTime(POLL_MS);
        header.setBornTime(System.currentTimeMillis());
        header.setInitMode(0);
        header.setOrder(line.flag("order"));
        header.setAttemptId(line.text("attempt", ""));
        header.setExpType("TAG");
        header.setExp("*");
        CompletableFuture<PopResult> future = new CompletableFuture<>();
        api.popMessageAsync("", address, header, TIMEOUT_MS, new PopCallback() {
            @Override
            public void onSuccess(PopResult result) {
                future.complete(result);
            }

            @Override
            public void onException(Throwable failure) {
                future.completeExceptionally(failure);
            }
        });
        List<MessageExt> found = future.get(TIMEOUT_MS, TimeUnit.MILLISECONDS).getMsgFoundList();
        return found == null ? List.of() : found;
    }

    private static void acknowledge(MQClientAPIImpl api, String address, Line line, MessageExt message)
            throws Exception {
        AckMessageRequestHeader header = new AckMessageRequestHeader();
        header.setConsumerGroup(line.text("group"));
        String receipt = message.getProperty(MessageConst.PROPERTY_POP_CK);
        header.setTopic(
                ExtraInfoUtil.getRealTopic(ExtraInfoUtil.split(receipt), line.text("topic"), line.text("group")));
        header.setQueueId(message.getQueueId());
        header.setOffset(message.getQueueOffset());
        header.setExtraInfo(receipt);
        CompletableFuture<AckResult> future = new CompletableFuture<>();
        api.ackMessageAsync(
                address,
                TIMEOUT_MS,
                new AckCallback() {
                    @Override
                    public void onSuccess(AckResult result) {
                        future.complete(result);
                    }

                    @Override
                    public void onException(Throwable failure) {
                        future.completeExceptionally(failure);
                    }
                },
                header);
        AckStatus status = future.get(TIMEOUT_MS, TimeUnit.MILLISECONDS).getStatus();
        if (status != AckStatus.OK) {
            throw new IllegalStateException(
                    "the acknowledgement of " + Messages.body(message) + " was answered " + status);
        }
    }
}
