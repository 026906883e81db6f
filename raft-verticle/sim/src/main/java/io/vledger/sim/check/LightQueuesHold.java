package io.vledger.sim.check;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A message that was acknowledged is in each of its light queues once; one that was not answered is in all of them or in none. A message's
 * own properties name its queue offset in each.
 */
public final class LightQueuesHold {
    private final Map<String, Set<String>> sent = new TreeMap<>();
    private final Set<String> acknowledged = new HashSet<>();

    /**
     * A message as a member has it in a light queue.
     *
     * @param key names the message
     * @param queueOffset where it is in the queue
     * @param said where it is by its own properties
     */
    public record QueuedMessage(String key, long queueOffset, long said) {}

    /** Nothing was sent yet. */
    public LightQueuesHold() {}

    /** A message is sent into these queues. */
    public void sent(String key, List<String> queues) {
        sent.put(key, Set.copyOf(queues));
    }

    /** It was answered with success. */
    public void acknowledged(String key) {
        acknowledged.add(key);
    }

    /** Messages that were acknowledged. */
    public int acknowledgedCount() {
        return acknowledged.size();
    }

    /** Compares with what a member has in the end, by queue. */
    public void judge(Member member, Map<String, List<QueuedMessage>> queues) {
        Map<String, Set<String>> found = new HashMap<>();
        queues.forEach((queue, messages) -> {
            for (QueuedMessage message : messages) {
                if (message.queueOffset != message.said) {
                    throw new Broken(message.key + " says it is at " + message.said + " of " + queue + " and is at "
                            + message.queueOffset + ", says " + member.id());
                }
                if (!found.computeIfAbsent(message.key, key -> new HashSet<>()).add(queue)) {
                    throw new Broken(message.key + " is in " + queue + " twice, says " + member.id());
                }
            }
        });
        sent.forEach((key, wanted) -> {
            Set<String> there = found.getOrDefault(key, Set.of());
            boolean none = there.isEmpty() && !acknowledged.contains(key);
            if (!none && !there.equals(wanted)) {
                throw new Broken(key + " was sent into " + wanted + " and is in " + there + ", says " + member.id());
            }
        });
    }
}
