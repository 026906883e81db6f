package io.vledger.grpc.service;

import apache.rocketmq.v2.AckMessageEntry;
import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.AckMessageResultEntry;
import apache.rocketmq.v2.ChangeInvisibleDurationRequest;
import apache.rocketmq.v2.ChangeInvisibleDurationResponse;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueRequest;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueResponse;
import apache.rocketmq.v2.Status;
import io.vertx.core.Future;
import io.vledger.grpc.broker.Receipts;
import io.vledger.grpc.call.Names;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.call.Statuses;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.message.ReceiptHandle;
import io.vledger.grpc.message.Times;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** AckMessage, ChangeInvisibleDuration and ForwardMessageToDeadLetterQueue: what a consumer does with messages that it was given. */
public final class AckService {
    private static final int MAX_ENTRIES = 4096;
    private static final long MAX_INVISIBLE_MS = 12 * 3_600_000L;

    /** Made once. */
    public AckService() {}

    /** Acknowledges messages, each by itself; they share an entry of the log if they are of one group. */
    public Future<AckMessageResponse> acknowledge(Client client, AckMessageRequest request) {
        String topic = Names.topic(request.getTopic());
        String group = Names.group(request.getGroup());
        if (request.getEntriesCount() > MAX_ENTRIES) {
            throw new StatusException(
                    Code.PAYLOAD_TOO_LARGE, request.getEntriesCount() + " entries in one call; at most " + MAX_ENTRIES);
        }
        Receipts receipts = client.renewals().receipts();
        List<Future<AckMessageResultEntry>> results = new ArrayList<>(request.getEntriesCount());
        for (AckMessageEntry entry : request.getEntriesList()) {
            ReceiptHandle shown = ReceiptHandle.parse(entry.getReceiptHandle());
            Future<Void> done = shown == null
                    ? Future.failedFuture(malformed(entry.getReceiptHandle()))
                    : client.renewals().take(shown).compose(handle -> receipts.acknowledge(group, topic, handle));
            results.add(done.map(Statuses.OK).otherwise(Statuses::of).map(status -> AckMessageResultEntry.newBuilder()
                    .setMessageId(entry.getMessageId())
                    .setReceiptHandle(entry.getReceiptHandle())
                    .setStatus(status)
                    .build()));
        }
        return Future.all(results)
                .map(all -> response(results.stream().map(Future::result).toList()));
    }

    private static AckMessageResponse response(List<AckMessageResultEntry> entries) {
        Set<Code> codes = EnumSet.noneOf(Code.class);
        entries.forEach(entry -> codes.add(entry.getStatus().getCode()));
        Status status;
        if (codes.size() > 1) {
            status = Statuses.of(Code.MULTIPLE_RESULTS, Code.MULTIPLE_RESULTS.name());
        } else if (codes.isEmpty()) {
            status = Statuses.of(Code.INTERNAL_SERVER_ERROR, "ack message result is empty");
        } else {
            Code only = codes.iterator().next();
            status = Statuses.of(only, only.name());
        }
        return AckMessageResponse.newBuilder()
                .setStatus(status)
                .addAllEntries(entries)
                .build();
    }

    /** Changes for how long a message is invisible, from now on. */
    public Future<ChangeInvisibleDurationResponse> change(Client client, ChangeInvisibleDurationRequest request) {
        String topic = Names.topic(request.getTopic());
        String group = Names.group(request.getGroup());
        long invisibleMs = Times.ms(request.getInvisibleDuration());
        checkInvisible(invisibleMs, MAX_INVISIBLE_MS);
        Receipts receipts = client.renewals().receipts();
        return client.renewals()
                .take(required(request.getReceiptHandle()))
                .compose(handle -> receipts.change(group, topic, handle, invisibleMs))
                .map(handle -> ChangeInvisibleDurationResponse.newBuilder()
                        .setStatus(Statuses.OK)
                        .setReceiptHandle(handle.text())
                        .build());
    }

    /** Makes a message a dead letter. */
    public Future<ForwardMessageToDeadLetterQueueResponse> bury(
            Client client, ForwardMessageToDeadLetterQueueRequest request) {
        String topic = Names.topic(request.getTopic());
        String group = Names.group(request.getGroup());
        ReceiptHandle shown = required(request.getReceiptHandle());
        if (shown.physicalOffset() < 0) {
            throw new StatusException(Code.INVALID_RECEIPT_HANDLE, "commit log offset is empty");
        }
        Receipts receipts = client.renewals().receipts();
        return client.renewals()
                .take(shown)
                .compose(handle -> receipts.bury(group, topic, handle, request.getMessageId()))
                .map(answer -> ForwardMessageToDeadLetterQueueResponse.newBuilder()
                        .setStatus(Statuses.of(answer.code(), answer.remark()))
                        .build());
    }

    static void checkInvisible(long invisibleMs, long maxMs) {
        if (invisibleMs < 0) {
            throw new StatusException(Code.ILLEGAL_INVISIBLE_TIME, "the invisibleTime is too small. min is 0");
        }
        if (invisibleMs > maxMs) {
            throw new StatusException(Code.ILLEGAL_INVISIBLE_TIME, "the invisibleTime is too large. max is " + maxMs);
        }
    }

    private static ReceiptHandle required(String text) {
        ReceiptHandle handle = ReceiptHandle.parse(text);
        if (handle == null) {
            throw malformed(text);
        }
        return handle;
    }

    /** As RocketMQ's proxy, which does not count it as the client's error. */
    private static StatusException malformed(String text) {
        return new StatusException(Code.INTERNAL_SERVER_ERROR, "Parse failed, dataList size " + text.split(" ").length);
    }
}
