package io.vledger.broker.client;

import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.Refusals;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests for queue locks (41, 42) of orderly consumers. Only the leader gives locks; a follower refuses, which
 * costs the client one attempt: it then holds no lock and asks again. Loop only.
 */
public final class LockHandler {
    private static final int MAX_QUEUES = 10_000;
    private static final int MAX_NAME = 1_024;

    private final String broker;
    private final Refusals refusals;
    private final QueueLocks locks;

    /** A handler of the broker of this name. */
    public LockHandler(String broker, Refusals refusals, QueueLocks locks) {
        this.broker = broker;
        this.refusals = refusals;
        this.locks = locks;
    }

    /** 41: takes or refreshes locks; answers with those that the client holds now. */
    public void lock(RpcRequest request) {
        refusals.requireLeader();
        Batch batch = JsonBody.read(request, Batch::read);
        request.detach();
        locks.lock(batch.group(), batch.queues(), batch.clientId(), (held, refusal) -> {
            if (refusal == null) {
                request.replyBody(shown(held));
            } else {
                refusals.reply(request, refusal);
            }
        });
    }

    private byte[] shown(List<LockedQueue> held) {
        JsonWriter json = JsonWriter.create().beginObject().key("lockOKMQSet").beginArray();
        for (LockedQueue queue : held) {
            json.beginObject()
                    .field("brokerName", broker)
                    .field("queueId", queue.queueId())
                    .field("topic", queue.topic())
                    .endObject();
        }
        return json.endArray().endObject().toBytes();
    }

    /** 42: gives locks back. */
    public void unlock(RpcRequest request) {
        refusals.requireLeader();
        Batch batch = JsonBody.read(request, Batch::read);
        request.detach();
        locks.unlock(
                batch.group(), batch.queues(), batch.clientId(), refusal -> refusals.replyOutcome(request, refusal));
    }

    private record Batch(String group, String clientId, List<LockedQueue> queues) {
        static Batch read(Map<?, ?> json) {
            String group = JsonFields.text(json, "consumerGroup", "");
            String clientId = JsonFields.text(json, "clientId", "");
            if (group.isEmpty() || clientId.isEmpty() || group.length() > MAX_NAME || clientId.length() > MAX_NAME) {
                throw new JsonException(
                        "consumerGroup and clientId must be given, with at most " + MAX_NAME + " characters");
            }
            List<@Nullable Object> array = JsonFields.array(json, "mqSet");
            if (array.size() > MAX_QUEUES) {
                throw new JsonException("more than " + MAX_QUEUES + " queues");
            }
            List<LockedQueue> queues = new ArrayList<>(array.size());
            for (Object element : array) {
                Map<?, ?> queue = JsonFields.asObject(element);
                String topic = JsonFields.text(queue, "topic", "");
                int queueId = JsonFields.number(queue, "queueId", -1);
                if (topic.isEmpty() || topic.length() > MAX_NAME || queueId < 0) {
                    throw new JsonException("a queue needs a topic of at most " + MAX_NAME
                            + " characters and a queueId that is not negative");
                }
                queues.add(new LockedQueue(topic, queueId));
            }
            return new Batch(group, clientId, queues);
        }
    }
}
