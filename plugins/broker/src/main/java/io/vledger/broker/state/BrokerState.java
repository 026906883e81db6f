package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.StateMachine;
import io.vledger.api.origin.Origin;
import io.vledger.api.store.IndexSink;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.QueueIndex;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of a broker group: applies entries, keeps topics, groups and offsets, fills the indexes, and notifies
 * watchers. Loop only; see the package.
 *
 * <p>A snapshot is: int 0x56425331, short version, long applied end, topics, groups, offsets, schedule progress,
 * since version 2 offset resets, each as its class writes it, since version 3 a short count and that many sections, each short number, int
 * bytes and what its {@link StatePart} wrote, and the int again.
 */
public final class BrokerState implements StateMachine {
    private static final int SNAPSHOT_MAGIC = 0x56425331;
    private static final short SNAPSHOT_VERSION = 3;
    private static final short SNAPSHOT_WITHOUT_PARTS = 2;
    private static final short SNAPSHOT_WITHOUT_RESETS = 1;

    private final String cluster;
    private final String broker;
    private final Topics topics;
    private final SubscriptionGroups groups = new SubscriptionGroups();
    private final ConsumerOffsets offsets = new ConsumerOffsets();
    private final OffsetResets resets = new OffsetResets();
    private final ScheduleProgress schedule = new ScheduleProgress();
    private final QueueCursors cursors = new QueueCursors();
    private final List<BrokerListener> listeners = new ArrayList<>();
    private final List<TopicQueue> dirty = new ArrayList<>();
    private final MessageView message = new MessageView();
    private final EntryIndexer indexer;
    private final LeftOut leftOut = new LeftOut();
    private final EntryCheck check;
    private final PartSections sections;
    private final Appending appending;
    private final @Nullable OriginState old;
    private final List<StatePart> parts;
    private GroupRole role = GroupRole.STARTING;
    private long term;
    private long appliedEnd;
    /** The entry whose part after this many bytes contradicted the state and was not left out; 0 for none. */
    private long stoppedIndex;

    private int stoppedBytes;
    private boolean topicsDirty;
    private boolean resetsDirty;
    private @Nullable Trial trial;

    /**
     * The state of a new group.
     *
     * @param cluster RocketMQ's cluster name; the same on all members
     * @param broker RocketMQ's broker name; the same on all members
     * @param origin the earlier broker's data that the group continues from, the same on all members; null for none
     * @param parts what features add to the state; the same on all members
     */
    public BrokerState(
            String cluster,
            String broker,
            QueueIndex queueIndex,
            KeyIndex keyIndex,
            @Nullable Origin origin,
            List<? extends StatePart> parts) {
        this.old = origin == null ? null : new OriginState(origin);
        this.cluster = cluster;
        this.broker = broker;
        this.appending = new Appending(keyIndex);
        List<StatePart> all = new ArrayList<>(parts);
        all.add(leftOut);
        this.parts = List.copyOf(all);
        this.sections = new PartSections(this.parts);
        Map<String, MessageObserver> observers = new HashMap<>();
        parts.forEach(part -> observers.putAll(part.observers()));
        this.topics = new Topics(queueIndex, observers, this::shown);
        this.indexer = new EntryIndexer(topics, this.parts, leftOut);
        this.check = new EntryCheck(topics, this.parts);
        parts.forEach(part -> part.attach(offsets));
        initialize();
    }

    /** Has entries and snapshots of others tried before they are taken, on a state like this that nothing else uses, with {@link NoIndex}. */
    public void tryOn(BrokerState scratch) {
        trial = new Trial(scratch, scratch.parts);
    }

    @Override
    public @Nullable String unreadable(byte kind, short payloadVersion, long position, ByteBuf payload) {
        return trial == null ? null : trial.entry(kind, payloadVersion, position, payload);
    }

    @Override
    public @Nullable String unreadable(ByteBuf snapshot) {
        return trial == null ? null : trial.snapshot(snapshot);
    }

    private @Nullable Topic shown(String name) {
        for (StatePart part : parts) {
            Topic topic = part.topic(name);
            if (topic != null) {
                return topic;
            }
        }
        return null;
    }

    /** RocketMQ's cluster name. */
    public String cluster() {
        return cluster;
    }

    /** RocketMQ's broker name. */
    public String broker() {
        return broker;
    }

    /** Topics. */
    public Topics topics() {
        return topics;
    }

    /** Subscription groups. */
    public SubscriptionGroups groups() {
        return groups;
    }

    /** Consumer offsets. */
    public ConsumerOffsets offsets() {
        return offsets;
    }

    /** Offsets that a tool has set and clients have not arrived at. */
    public OffsetResets resets() {
        return resets;
    }

    /** Progress of delayed delivery. */
    public ScheduleProgress schedule() {
        return schedule;
    }

    /**
     * The part of this class.
     *
     * @throws IllegalArgumentException if the state was made without it
     */
    public <T extends StatePart> T part(Class<T> type) {
        for (StatePart part : parts) {
            if (type.isInstance(part)) {
                return type.cast(part);
            }
        }
        throw new IllegalArgumentException("the state of the group has no " + type.getSimpleName());
    }

    /** Where a leader gets queue offsets. */
    public QueueCursors cursors() {
        return cursors;
    }

    /** The member's role. */
    public GroupRole role() {
        return role;
    }

    /** The term of the role. */
    public long term() {
        return term;
    }

    /** Whether this member leads and takes proposals. */
    public boolean leads() {
        return role == GroupRole.LEADER;
    }

    /** Log position after the last applied payload: messages below may be shown. */
    public long appliedEnd() {
        return appliedEnd;
    }

    /** Log position below which messages, and units of queues, are an earlier broker's; 0 if the group has no origin. */
    public long originEnd() {
        OriginState before = old;
        return before == null ? 0 : before.end();
    }

    /** Registers a listener for the life of the state. If this member leads already, it is called at once. */
    public void listen(BrokerListener listener) {
        listeners.add(listener);
        if (leads()) {
            listener.roleChanged(role, term);
        }
    }

    private void initialize() {
        topics.clear();
        groups.clear();
        offsets.clear();
        resets.clear();
        schedule.clear();
        parts.forEach(StatePart::clear);
        OriginState before = old;
        if (before != null) {
            before.fill(topics, groups, offsets, schedule);
            parts.forEach(before::fill);
        }
        for (TopicConfig topic : SystemNames.initialTopics(cluster, broker)) {
            if (topics.find(topic.name()) == null) {
                topics.put(topic);
            }
        }
        for (SubscriptionGroup group : SystemNames.initialGroups()) {
            if (groups.find(group.name()) == null) {
                groups.put(group);
            }
        }
        appliedEnd = originEnd();
    }

    @Override
    public void apply(long index, byte kind, short payloadVersion, long position, ByteBuf payload) {
        ContradictionException contradicts = applyEntry(index, kind, payloadVersion, position, payload, false);
        if (contradicts != null) {
            throw contradicts;
        }
    }

    @Override
    public void applyWhatFits(long index, byte kind, short payloadVersion, long position, ByteBuf payload) {
        ContradictionException contradicts = applyEntry(index, kind, payloadVersion, position, payload, true);
        if (contradicts != null) {
            throw contradicts;
        }
    }

    @Override
    public long leftOut() {
        return leftOut.count();
    }

    private @Nullable ContradictionException applyEntry(
            long index, byte kind, short payloadVersion, long position, ByteBuf payload, boolean whatFits) {
        if (payloadVersion != BrokerEntry.VERSION) {
            throw new IllegalStateException("entry " + index + " of kind " + kind + " has payload version "
                    + payloadVersion + "; this version knows " + BrokerEntry.VERSION);
        }
        int bytes = payload.readableBytes();
        int start = payload.readerIndex();
        if (index == stoppedIndex) {
            payload.skipBytes(stoppedBytes);
        }
        stoppedIndex = 0;
        ContradictionException first = null;
        while (payload.isReadable()) {
            int at = payload.readerIndex();
            long partAt = position + at - start;
            try {
                applyPart(index, kind, partAt, payload);
            } catch (ContradictionException contradicts) {
                if (!whatFits) {
                    stoppedIndex = index;
                    stoppedBytes = at - start;
                    appliedEnd = partAt;
                    return contradicts;
                }
                first = first == null ? contradicts : first;
                leftOut.add(partAt);
                payload.readerIndex(at);
                indexer.skipPart(kind, payload);
            }
        }
        appliedEnd = position + bytes;
        return first;
    }

    private void applyPart(long index, byte kind, long position, ByteBuf payload) {
        switch (kind) {
            case BrokerEntry.MESSAGES -> applyNext(position, payload, payload.readableBytes(), false);
            case BrokerEntry.TOPIC_PUT -> {
                topics.put(TopicConfig.read(payload));
                topicsDirty = true;
            }
            case BrokerEntry.TOPIC_DELETE -> {
                String name = StateText.read(payload);
                topics.remove(name);
                offsets.removeTopic(name);
                resets.removeTopic(name);
                parts.forEach(part -> part.topicRemoved(name));
                topicsDirty = true;
            }
            case BrokerEntry.GROUP_PUT -> groups.put(SubscriptionGroup.read(payload));
            case BrokerEntry.GROUP_DELETE -> {
                String name = StateText.read(payload);
                groups.remove(name);
                resets.removeGroup(name);
                parts.forEach(part -> part.groupRemoved(name));
                if (payload.readBoolean()) {
                    offsets.removeGroup(name);
                }
            }
            case BrokerEntry.CONSUMER_OFFSETS -> offsets.apply(payload, resets);
            case BrokerEntry.OFFSET_RESET -> {
                offsets.applyReset(payload, resets, parts);
                resetsDirty = true;
            }
            case BrokerEntry.OFFSET_RESET_DONE -> ConsumerOffsets.applyArrival(payload, resets);
            case BrokerEntry.SCHEDULED_DELIVERY -> {
                int level = payload.readInt();
                long next = payload.readLong();
                int bytes = StateText.count(payload.readInt(), payload.readableBytes(), "bytes of messages");
                schedule.check(level, next);
                check.begin();
                check.messages(position + BrokerEntry.DELIVERY_HEADER_BYTES, payload, bytes, true);
                schedule.advance(level, next);
                applyMessages(position + BrokerEntry.DELIVERY_HEADER_BYTES, payload, bytes, true);
            }
            default -> applyToPart(index, kind, position, payload);
        }
    }

    private void applyToPart(long index, byte kind, long position, ByteBuf payload) {
        for (StatePart part : parts) {
            if (part.owns(kind)) {
                ByteBuf header = PartEntry.header(payload);
                int bytes = PartEntry.messageBytes(payload);
                long messagesAt = position + PartEntry.bytes(header.readableBytes(), 0);
                check.header(part, kind, messagesAt, header);
                check.messages(messagesAt, payload, bytes, part.delivers(kind));
                part.apply(kind, messagesAt, header);
                applyMessages(messagesAt, payload, bytes, part.delivers(kind));
                return;
            }
        }
        throw new IllegalStateException("entry " + index + " is of kind " + kind
                + ", which this version does not know; run the version that wrote it, or a later one");
    }

    private void applyMessages(long position, ByteBuf payload, int bytes, boolean delivered) {
        int end = payload.readerIndex() + bytes;
        long physical = position;
        while (payload.readerIndex() < end) {
            physical += applyNext(physical, payload, end - payload.readerIndex(), delivered);
        }
    }

    /** Applies the next message, which has at most this many bytes; how many it has. */
    private int applyNext(long physical, ByteBuf payload, int bytes, boolean delivered) {
        String wrong = message.wrap(payload, payload.readerIndex(), bytes);
        if (wrong != null) {
            throw new IllegalStateException("at position " + physical + ": " + wrong);
        }
        applyMessage(payload, physical, delivered);
        int size = message.totalSize();
        payload.skipBytes(size);
        return size;
    }

    private void applyMessage(ByteBuf payload, long physical, boolean delivered) {
        Topic topic = topics.find(payload, message.topicAt(), message.topicLength());
        TopicQueue queue = EntryCheck.queue(topic, message, physical);
        if (topic == null || !SysFlag.queued(message.sysFlag())) {
            return;
        }
        EntryCheck.queueOffset(queue, message, physical, queue.maxOffset());
        appending.to(queue.log());
        long code = indexer.message(payload, message, topic.name(), topic.keySeed(), queue.key(), appending);
        if (delivered) {
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).delivered(topic.name(), message, code);
            }
        }
        topic.count(message.totalSize());
        MessageObserver observer = topic.observer();
        if (observer != null) {
            observer.applied(queue, message);
        }
        if ((queue.watcher() != null || topic.watcher() != null) && queue.markDirty()) {
            dirty.add(queue);
        }
    }

    @Override
    public void index(byte kind, short payloadVersion, long position, ByteBuf payload, IndexSink sink) {
        indexer.entry(kind, position, payload, sink);
    }

    @Override
    public void applied(long index) {
        for (int i = 0; i < dirty.size(); i++) {
            TopicQueue queue = dirty.get(i);
            queue.clearDirty();
            TopicQueue.@Nullable QueueWatcher watcher = queue.watcher();
            if (watcher != null) {
                watcher.appended(queue);
            }
            TopicQueue.@Nullable QueueWatcher ofTopic = queue.topic().watcher();
            if (ofTopic != null) {
                ofTopic.appended(queue);
            }
        }
        dirty.clear();
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i).applied();
        }
        if (topicsDirty) {
            topicsDirty = false;
            listeners.forEach(BrokerListener::topicsChanged);
        }
        if (resetsDirty) {
            resetsDirty = false;
            listeners.forEach(BrokerListener::offsetsReset);
        }
        for (int i = 0; i < listeners.size(); i++) {
            listeners.get(i).applied(index);
        }
    }

    @Override
    public void snapshot(ByteBuf target) {
        target.writeInt(SNAPSHOT_MAGIC);
        target.writeShort(SNAPSHOT_VERSION);
        target.writeLong(appliedEnd);
        topics.write(target);
        groups.write(target);
        offsets.write(target);
        schedule.write(target);
        resets.write(target);
        sections.write(target);
        target.writeInt(SNAPSHOT_MAGIC);
    }

    @Override
    public void restore(ByteBuf snapshot) {
        dirty.clear();
        topicsDirty = false;
        resetsDirty = false;
        stoppedIndex = 0;
        cursors.reset();
        if (snapshot.isReadable()) {
            read(snapshot);
        } else {
            initialize();
        }
        listeners.forEach(BrokerListener::restored);
        listeners.forEach(BrokerListener::topicsChanged);
    }

    private void read(ByteBuf snapshot) {
        int magic = snapshot.readInt();
        int version = snapshot.readShort();
        if (magic != SNAPSHOT_MAGIC || version < SNAPSHOT_WITHOUT_RESETS || version > SNAPSHOT_VERSION) {
            throw new IllegalStateException("a broker snapshot starts with 0x" + Integer.toHexString(magic)
                    + " and version " + version + "; this version reads 0x" + Integer.toHexString(SNAPSHOT_MAGIC)
                    + " and version " + SNAPSHOT_VERSION);
        }
        appliedEnd = snapshot.readLong();
        topics.read(snapshot);
        groups.read(snapshot);
        offsets.read(snapshot);
        schedule.read(snapshot);
        if (version == SNAPSHOT_WITHOUT_RESETS) {
            resets.clear();
        } else {
            resets.read(snapshot);
        }
        parts.forEach(StatePart::clear);
        if (version > SNAPSHOT_WITHOUT_PARTS) {
            sections.read(snapshot);
        }
        if (snapshot.readInt() != SNAPSHOT_MAGIC) {
            throw new IllegalStateException("a broker snapshot does not end where it should");
        }
    }

    @Override
    public void roleChanged(GroupRole newRole, long newTerm) {
        role = newRole;
        term = newTerm;
        cursors.reset();
        for (BrokerListener listener : listeners) {
            listener.roleChanged(newRole, newTerm);
        }
    }
}
