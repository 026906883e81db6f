package io.vledger.grpc.broker;

import io.vertx.core.Future;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Settings of consumer groups, asked of their brokers and used for some seconds, and while they are asked again. */
public final class GroupSettingsCache {
    private static final long REFRESH_MS = 3_000;
    private static final int TIMEOUT_MS = 3_000;
    private static final int MAX_CACHED = 20_000;

    private final LongSupplier clock;
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Entry {
        private @Nullable GroupSettings settings;
        private @Nullable Future<GroupSettings> asking;
        private long askedMs;
    }

    /** @param clock milliseconds of any clock */
    public GroupSettingsCache(LongSupplier clock) {
        this.clock = clock;
    }

    /**
     * Settings of a group at a broker.
     *
     * @param links over which to ask
     */
    public Future<GroupSettings> find(BrokerLinks links, String broker, String group) {
        Entry entry = entries.computeIfAbsent(broker + " " + group, key -> new Entry());
        if (entries.size() > MAX_CACHED) {
            entries.remove(entries.keySet().iterator().next());
        }
        GroupSettings known = entry.settings;
        Future<GroupSettings> asking = entry.asking;
        if (asking == null && (known == null || clock.getAsLong() - entry.askedMs > REFRESH_MS)) {
            asking = ask(links, broker, group, entry);
        }
        return known != null || asking == null
                ? Future.succeededFuture(known == null ? GroupSettings.DEFAULT : known)
                : asking;
    }

    /** A broker that cannot say it at the moment says nothing about the group: it stays in order if it was. */
    private static GroupSettings settings(RpcAnswer answer, @Nullable GroupSettings before) {
        return switch (answer.code()) {
            case ResponseCode.SUCCESS -> GroupSettings.read(answer.body());
            case ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST -> GroupSettings.DEFAULT;
            default -> before == null ? GroupSettings.DEFAULT : before;
        };
    }

    private Future<GroupSettings> ask(BrokerLinks links, String broker, String group, Entry entry) {
        Future<GroupSettings> asked = links.ask(
                        broker,
                        RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG,
                        fields -> fields.put("group", group),
                        TIMEOUT_MS)
                .map(answer -> settings(answer, entry.settings))
                .onComplete(done -> {
                    entry.asking = null;
                    entry.askedMs = clock.getAsLong();
                    if (done.succeeded()) {
                        entry.settings = done.result();
                    }
                });
        if (!asked.isComplete()) {
            entry.asking = asked;
        }
        return asked;
    }
}
