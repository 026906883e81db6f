package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.LightQueues;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.QueueCursors;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.IndexedProperties;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.PropertyNames;
import io.vledger.protocol.message.TagsCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stores messages that are in light queues too, and gives out the queue offsets there: from what was applied when leadership began, counting what
 * was proposed since, as {@link QueueCursors} do for ordinary queues. Loop only.
 */
public final class LightWriter implements BrokerListener {
    private static final int MAX_NAME_LENGTH = 127;

    private final Group group;
    private final LightQueues queues;
    private final QueueCursors cursors;
    private final Traffic traffic;
    private final int maxQueues;
    /** The next queue offset of each queue that this leadership has stored into. */
    private final Map<String, Long> next = new HashMap<>();

    private final IndexedProperties tags = new IndexedProperties();
    /** How many of those were not there when they were first stored into, and may not be applied yet. */
    private int made;

    /** Light queues of the message that was appended last. */
    private int appended;

    private long position;
    private long queueOffset;

    /**
     * A writer of a group.
     *
     * @param traffic counts what is stored
     * @param maxQueues how many light queues there may be; 0 if messages are not put into any
     */
    public LightWriter(Group group, LightQueues queues, QueueCursors cursors, Traffic traffic, int maxQueues) {
        this.traffic = traffic;
        this.group = group;
        this.queues = queues;
        this.cursors = cursors;
        this.maxQueues = maxQueues;
        queues.onRemoval(next::remove);
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        next.clear();
        made = 0;
    }

    @Override
    public void restored() {
        next.clear();
        made = 0;
    }

    /** Whether messages of a topic may be put into light queues. */
    boolean serves(Topic topic) {
        String name = topic.name();
        return maxQueues > 0
                && !name.startsWith(TopicNames.RETRY_PREFIX)
                && !name.startsWith(TopicNames.DEAD_LETTER_PREFIX)
                && !name.startsWith("rmq_sys_")
                && !name.equals(TopicNames.SCHEDULE);
    }

    /** Refuses a message of a batch that asks for light queues: they are found for single messages. */
    void refuseInBatch(Topic topic, ByteBuf properties, int at, int length) {
        if (serves(topic)
                && MessageProperties.text(properties, at, length, PropertyNames.INNER_MULTI_DISPATCH) != null) {
            throw new RequestException(
                    ResponseCode.MESSAGE_ILLEGAL,
                    "a message for light queues (INNER_MULTI_DISPATCH) cannot be in a batch; send it by itself");
        }
    }

    /**
     * The light queues that a message asks for.
     *
     * @param names names with commas between
     * @throws RequestException if one is no name of a light queue
     */
    static List<String> namesOf(String names) {
        List<String> list = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            if (!LightQueues.isLight(name)
                    || name.length() > MAX_NAME_LENGTH
                    || name.length() == TopicNames.LIGHT_PREFIX.length()
                    || name.indexOf('/') >= 0) {
                throw new RequestException(
                        ResponseCode.MESSAGE_ILLEGAL,
                        "INNER_MULTI_DISPATCH: '"
                                + (name.length() > MAX_NAME_LENGTH ? name.substring(0, MAX_NAME_LENGTH) + "..." : name)
                                + "' is no light queue; the name must be %LMQ% and 1 to "
                                + (MAX_NAME_LENGTH - TopicNames.LIGHT_PREFIX.length()) + " characters without /");
            }
            if (list.contains(name)) {
                throw new RequestException(
                        ResponseCode.MESSAGE_ILLEGAL, "INNER_MULTI_DISPATCH: " + name + " is there twice");
            }
            list.add(name);
        }
        return list;
    }

    /**
     * Checks that the queues may be stored into now.
     *
     * @return null, or why not
     * @throws RequestException if there are too many light queues
     */
    @Nullable
    Refusal check(List<String> names) {
        int fresh = 0;
        for (String name : names) {
            Topic known = queues.find(name);
            if (known != null && known.deleting()) {
                return Refusal.BUSY;
            }
            if (known == null && !next.containsKey(name)) {
                fresh++;
            }
        }
        if (fresh > 0 && queues.size() + unapplied() + fresh > maxQueues) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR,
                    "[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]there are " + queues.size()
                            + " light queues, maxLmqConsumeQueueNum is " + maxQueues);
        }
        return null;
    }

    /** Queues that were proposed and are not applied yet; counted anew only when there may be any. */
    private int unapplied() {
        if (made > 0) {
            made = (int) next.keySet().stream()
                    .filter(name -> queues.find(name) == null)
                    .count();
        }
        return made;
    }

    /** The next queue offsets of these queues, with commas between. */
    String offsets(List<String> names) {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            text.append(text.isEmpty() ? "" : ",").append(next(name));
        }
        return text.toString();
    }

    private long next(String name) {
        Long known = next.get(name);
        if (known != null) {
            return known;
        }
        Topic topic = queues.find(name);
        TopicQueue queue = topic == null ? null : topic.queue(0);
        return queue == null ? 0 : queue.maxOffset();
    }

    /**
     * Encodes a message whose draft is filled except for topic, queue offset and position. Must be followed by {@link #submit} at once if this
     * returns null.
     *
     * @param properties the message's, as they will be stored
     * @param names its light queues, whose {@link #offsets} the properties have
     * @return null, or why nothing happened
     */
    @Nullable
    Refusal append(TopicQueue queue, MessageDraft draft, ByteBuf properties, List<String> names) {
        int size = draft.topic(queue.topic().utf8()).size();
        int headerBytes = LightQueues.headerBytes(names);
        Refusal refusal = group.begin(LightQueues.DISPATCH, BrokerEntry.VERSION, PartEntry.bytes(headerBytes, size));
        if (refusal != null) {
            return refusal;
        }
        tags.scan(properties, properties.readerIndex(), properties.readableBytes());
        long tagsCode = TagsCode.of(properties, tags.tagsAt(), tags.tagsLength());
        ByteBuf target = group.buffer();
        PartEntry.beginHeader(target, headerBytes);
        Iterator<String> each = names.iterator();
        LightQueues.writeHeader(target, size, tagsCode, names, () -> take(each.next()));
        PartEntry.beginMessages(target, size);
        appended = names.size();
        position = group.bufferPosition();
        queueOffset = cursors.next(queue);
        draft.write(target, queueOffset, position);
        cursors.advance(queue, 1);
        return null;
    }

    private long take(String name) {
        long offset = next(name);
        if (offset == 0 && !next.containsKey(name)) {
            made++;
        }
        next.put(name, offset + 1);
        return offset;
    }

    /** Ends what {@link #append} began. */
    void submit(Completion completion) {
        int count = appended;
        group.submit(outcome -> {
            if (outcome == null) {
                traffic.light(count);
            }
            completion.done(outcome);
        });
    }

    /** Log position of the appended message. */
    long position() {
        return position;
    }

    /** Queue offset of the appended message in the queue that it was sent to. */
    long queueOffset() {
        return queueOffset;
    }
}
