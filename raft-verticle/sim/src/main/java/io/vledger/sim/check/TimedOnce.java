package io.vledger.sim.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A message with a time comes into its queue once and not before its time; one whose recall was answered with success never does. A message
 * or a recall that was not answered may be there or not.
 */
public final class TimedOnce {
    private final Map<String, Timer> all = new TreeMap<>();

    private static final class Timer {
        private final long dueMs;
        private boolean acknowledged;
        private boolean recallSent;
        private boolean recalled;

        Timer(long dueMs) {
            this.dueMs = dueMs;
        }
    }

    /** Nothing was sent yet. */
    public TimedOnce() {}

    private Timer of(String key) {
        Timer timer = all.get(key);
        if (timer == null) {
            throw new Broken(key + " was never sent");
        }
        return timer;
    }

    /** A message is sent. */
    public void sent(String key, long dueMs) {
        all.put(key, new Timer(dueMs));
    }

    /** It was answered with success. */
    public void acknowledged(String key) {
        of(key).acknowledged = true;
    }

    /** A recall of it is sent. */
    public void recallSent(String key) {
        of(key).recallSent = true;
    }

    /** Its recall was refused: nothing came of it. */
    public void recallRefused(String key) {
        of(key).recallSent = false;
    }

    /** Its recall was answered with success. */
    public void recalled(String key) {
        of(key).recalled = true;
    }

    /** Messages that were acknowledged. */
    public long acknowledgedCount() {
        return all.values().stream().filter(each -> each.acknowledged).count();
    }

    /** Messages whose recall was answered with success. */
    public long recalledCount() {
        return all.values().stream().filter(each -> each.recalled).count();
    }

    /**
     * Compares with what a member has in the end.
     *
     * @param copies when each message was put into its queue, by the clock of who did; one entry a copy
     */
    public void judge(Member member, Map<String, List<Long>> copies) {
        copies.keySet().forEach(this::of);
        all.forEach((key, timer) -> {
            List<Long> there = copies.getOrDefault(key, List.of());
            List<String> wrong = new ArrayList<>();
            if (there.size() > 1) {
                wrong.add("was delivered " + there.size() + " times");
            }
            if (timer.recalled && !there.isEmpty()) {
                wrong.add("was recalled and is delivered all the same");
            }
            if (there.isEmpty() && timer.acknowledged && !timer.recallSent && !timer.recalled) {
                wrong.add("was acknowledged and is never delivered");
            }
            there.stream()
                    .filter(atMs -> atMs < timer.dueMs)
                    .forEach(atMs -> wrong.add("was delivered at " + atMs + ", before its time " + timer.dueMs));
            if (!wrong.isEmpty()) {
                throw new Broken(key + " " + String.join(" and ", wrong) + ", says " + member.id());
            }
        });
    }
}
