package io.vledger.hazelcast;

import io.vledger.api.discovery.Discovery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the other nodes told last, one statement each: a later one takes the place of the earlier, and goes when its node
 * leaves or is silent for {@value #SILENCE_MS} ms. Changed on the loop, read on any thread.
 */
final class Heard implements Discovery {
    static final long SILENCE_MS = 30_000;
    static final int MAX_SPEAKERS = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Heard.class);

    private static final class Speaker {
        private List<Sighting> told = List.of();
        private boolean complained;
        private long heardMs;
    }

    private final Map<UUID, Speaker> speakers = new HashMap<>();
    private volatile List<Sighting> all = List.of();
    private long refused;

    /** Takes a statement. One that cannot be read is dropped as a whole, and what its node told before stays. */
    void hear(UUID from, byte[] statement, long nowMs) {
        Speaker speaker = speakers.get(from);
        if (speaker == null) {
            if (speakers.size() >= MAX_SPEAKERS) {
                refused++;
                return;
            }
            speaker = new Speaker();
            speakers.put(from, speaker);
        }
        speaker.heardMs = nowMs;
        try {
            List<Sighting> told = Statement.decode(statement);
            if (!told.equals(speaker.told)) {
                speaker.told = told;
                publish();
            }
        } catch (Statement.Unreadable e) {
            refused++;
            if (!speaker.complained) {
                speaker.complained = true;
                LOG.warn("discovery: what member {} tells cannot be read and is ignored: {}", from, e.getMessage());
            }
        }
    }

    /** A node has left. */
    void left(UUID who) {
        if (speakers.remove(who) != null) {
            publish();
        }
    }

    /** Forgets nodes that were silent for too long. */
    void expire(long nowMs) {
        if (speakers.values().removeIf(speaker -> nowMs - speaker.heardMs > SILENCE_MS)) {
            publish();
        }
    }

    private void publish() {
        List<Sighting> view = new ArrayList<>();
        speakers.values().forEach(speaker -> view.addAll(speaker.told));
        all = List.copyOf(view);
    }

    @Override
    public List<Sighting> sightings() {
        return all;
    }

    /** Statements that were refused since the start. Loop only. */
    long refused() {
        return refused;
    }
}
