package io.vledger.broker.group;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.LightQueues;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives out the queue offsets of light queues on a leader: from what was applied when leadership began, counting what was proposed since, as
 * {@link io.vledger.broker.state.QueueCursors} do for ordinary queues. To be registered with the state. Loop only.
 */
public final class LightOffsets implements BrokerListener {
    private static final Logger LOG = LoggerFactory.getLogger(LightOffsets.class);
    private static final int MAX_NAME_LENGTH = 127;
    /** Digits of a queue offset, and the comma behind it. */
    private static final int MAX_OFFSET_BYTES = 20;

    private final LightQueues queues;
    private final IntSupplier maxQueues;
    /** The next queue offset of each queue that this leadership has stored into. */
    private final Map<String, Long> next = new HashMap<>();

    /** How many of those were not there when they were first stored into, and may not be applied yet. */
    private int made;

    /** Whether this leadership has logged that a message is in none of its light queues. */
    private boolean warned;

    /**
     * Those of a group.
     *
     * @param maxQueues how many light queues there may be; 0 while messages are not put into any
     */
    public LightOffsets(LightQueues queues, IntSupplier maxQueues) {
        this.queues = queues;
        this.maxQueues = maxQueues;
        queues.onRemoval(next::remove);
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        next.clear();
        made = 0;
        warned = false;
    }

    @Override
    public void restored() {
        next.clear();
        made = 0;
    }

    /** Whether messages of a topic may be put into light queues now. */
    public boolean serves(Topic topic) {
        return maxQueues.getAsInt() > 0 && LightQueues.mayHold(topic.name());
    }

    /**
     * The light queues that a message asks for.
     *
     * @param names names with commas between
     * @throws RequestException if one is no name of a light queue
     */
    public static List<String> namesOf(String names) {
        Set<String> list = new LinkedHashSet<>();
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
            if (!list.add(name)) {
                throw new RequestException(
                        ResponseCode.MESSAGE_ILLEGAL, "INNER_MULTI_DISPATCH: " + name + " is there twice");
            }
        }
        return List.copyOf(list);
    }

    /** Most bytes that the queue offsets of a message in so many queues take among its properties. */
    public static int propertyBytes(int names) {
        return PropertyNames.INNER_MULTI_QUEUE_OFFSET.length() + 2 + names * MAX_OFFSET_BYTES;
    }

    /** Whether a queue is being deleted, so that nothing may be stored into it now. */
    private boolean deleting(List<String> names) {
        return names.stream().map(queues::find).anyMatch(topic -> topic != null && topic.deleting());
    }

    /** Whether there may be these queues beside those that there are. */
    private boolean roomFor(List<String> names, Map<String, Long> planned) {
        long fresh = names.stream()
                .filter(name -> queues.find(name) == null && !next.containsKey(name) && !planned.containsKey(name))
                .count();
        if (fresh == 0) {
            return true;
        }
        long more = planned.keySet().stream()
                .filter(name -> queues.find(name) == null && !next.containsKey(name))
                .count();
        return queues.size() + unapplied() + more + fresh <= maxQueues.getAsInt();
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

    private long next(String name) {
        Long known = next.get(name);
        if (known != null) {
            return known;
        }
        Topic topic = queues.find(name);
        TopicQueue queue = topic == null ? null : topic.queue(0);
        return queue == null ? 0 : queue.maxOffset();
    }

    /** Begins to plan the messages of an entry. */
    public Plan plan() {
        return new Plan();
    }

    /** The messages of an entry that is about to be written: what they get counts once it is {@link #take taken}. */
    public final class Plan {
        private final Map<String, Long> planned = new HashMap<>();
        private int count;
        private @Nullable Refusal refusal;

        private Plan() {}

        /**
         * Adds a message that a client sends.
         *
         * @return its queue offsets, with commas between; not valid if there is a {@link #refusal} then
         * @throws RequestException if there are too many light queues
         */
        public String add(List<String> names) {
            if (deleting(names)) {
                refusal = Refusal.BUSY;
                return "";
            }
            if (!roomFor(names, planned)) {
                throw new RequestException(
                        ResponseCode.SYSTEM_ERROR,
                        "[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]there are " + queues.size()
                                + " light queues, maxLmqConsumeQueueNum is " + maxQueues.getAsInt());
            }
            return give(names);
        }

        /**
         * Adds a message that waited and is delivered to a topic now. One whose light queues cannot be made is in none of them.
         *
         * @return its queue offsets, with commas between; empty if it is in no light queue, or if there is a {@link #refusal} then
         */
        public String deliver(MessageView message, Topic topic) {
            String wanted = serves(topic) ? message.property(PropertyNames.INNER_MULTI_DISPATCH) : null;
            if (wanted == null || wanted.isEmpty()) {
                return "";
            }
            List<String> names;
            try {
                names = namesOf(wanted);
            } catch (RequestException notChecked) {
                return ""; // of an earlier broker, or sent while there were no light queues
            }
            if (deleting(names)) {
                refusal = Refusal.BUSY;
                return "";
            }
            if (!roomFor(names, planned)) {
                if (!warned) {
                    warned = true;
                    LOG.warn(
                            "a message of topic {} is delivered to none of its {} light queues: there are {}, maxLmqConsumeQueueNum is {};"
                                    + " not logged again while this member leads",
                            topic.name(),
                            names.size(),
                            queues.size(),
                            maxQueues.getAsInt());
                }
                return "";
            }
            return give(names);
        }

        private String give(List<String> names) {
            StringBuilder text = new StringBuilder();
            for (String name : names) {
                Long before = planned.get(name);
                long offset = before == null ? next(name) : before;
                text.append(text.isEmpty() ? "" : ",").append(offset);
                planned.put(name, offset + 1);
            }
            count += names.size();
            return text.toString();
        }

        /** Why the entry must not be written now, or null. */
        public @Nullable Refusal refusal() {
            return refusal;
        }

        /** How many times its messages are in a light queue. */
        public int count() {
            return count;
        }

        /** The entry is being written. */
        public void take() {
            planned.forEach((name, offset) -> {
                if (!next.containsKey(name) && queues.find(name) == null) {
                    made++;
                }
                next.put(name, offset);
            });
        }
    }
}
