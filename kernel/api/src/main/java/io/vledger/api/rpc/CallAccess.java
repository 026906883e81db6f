package io.vledger.api.rpc;

import java.net.InetAddress;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Access control of this process's groups, for a plugin that speaks for clients of another protocol: it asks before it serves a call. What
 * it then sends to a broker in the client's name is checked there once more. Offered under {@code ""} by the broker. Any thread.
 */
public interface CallAccess {
    /** Whether calls are looked at; if not, {@link #check} need not be asked. */
    boolean checks();

    /**
     * Whether a group of this process lets a call in.
     *
     * @param answer called once, on any thread; with null if no group can say at the moment
     */
    void check(Call call, Consumer<@Nullable Verdict> answer);

    /**
     * A call.
     *
     * @param signature who the client says that it is; null if it does not
     * @param from the client's address
     * @param wanted what it needs, all of it
     */
    record Call(@Nullable CallSignature signature, InetAddress from, List<Wanted> wanted) {}

    /**
     * What was found out.
     *
     * @param user who has proved to be the caller; empty for nobody, who may be let in by address
     * @param refusal why the call is not served; null if it is
     */
    record Verdict(String user, @Nullable String refusal) {}

    /** What is done with a topic or a consumer group. */
    enum Use {
        /** Sending to a topic. */
        PUBLISH,
        /** Consuming of a topic. */
        CONSUME,
        /** Either. */
        PUBLISH_OR_CONSUME,
        /** Consuming as a group. */
        CONSUME_AS
    }

    /**
     * A right that a call needs.
     *
     * @param name of the topic, or of the group
     */
    record Wanted(Use use, String name) {}
}
