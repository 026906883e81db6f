package io.vledger.broker.admin;

import io.vertx.core.Future;
import io.vledger.api.rpc.RpcClient;
import io.vledger.broker.state.BrokerState;
import io.vledger.protocol.Permission;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many queues of a topic consumers read at each broker that has it, as name servers publish it; RocketMQ's brokers ask them too before
 * they divide queues. What this group has is known here. Answers are kept for {@value #FRESH_MS} ms. Loop only.
 */
final class TopicBrokers {
    private static final Logger LOG = LoggerFactory.getLogger(TopicBrokers.class);

    /** Clients ask for their queues every 20 s. */
    private static final int FRESH_MS = 15_000;

    private static final int TIMEOUT_MS = 1_000;
    private static final int MAX_TOPICS = 1_000;

    private final BrokerState state;
    private final List<String> nameServers;
    private final Function<String, RpcClient> clients;
    private final LongSupplier clock;
    private final Map<String, RpcClient> byAddress = new HashMap<>();
    /** Those that were asked about longest ago first. */
    private final LinkedHashMap<String, Known> known = new LinkedHashMap<>();

    /** What is known of a topic at other brokers. */
    private static final class Known {
        private SortedMap<String, Integer> readQueues = new TreeMap<>();
        private long askedMs;
        private boolean asking;
        private final List<Consumer<SortedMap<String, Integer>>> waiting = new ArrayList<>();
    }

    /**
     * For a group.
     *
     * @param nameServers addresses of name servers that publish its topics
     * @param clients makes a client of an address, on the group's loop
     * @param clock milliseconds since the epoch
     */
    public TopicBrokers(
            BrokerState state, List<String> nameServers, Function<String, RpcClient> clients, LongSupplier clock) {
        this.state = state;
        this.nameServers = nameServers;
        this.clients = clients;
        this.clock = clock;
    }

    /** Finds the queues to read of a topic by broker name, at once or soon; those of this group alone if no name server answers. */
    void find(String topic, Consumer<SortedMap<String, Integer>> then) {
        if (nameServers.isEmpty()) {
            then.accept(withOwn(topic, new TreeMap<>()));
            return;
        }
        Known found = known.computeIfAbsent(topic, absent -> new Known());
        long now = clock.getAsLong();
        if (!found.asking && found.askedMs > 0 && now - found.askedMs < FRESH_MS) {
            then.accept(withOwn(topic, found.readQueues));
            return;
        }
        found.waiting.add(then);
        if (!found.asking) {
            found.asking = true;
            ask(topic).onComplete(answer -> {
                if (answer.succeeded()) {
                    found.readQueues = answer.result();
                } else {
                    LOG.warn(
                            "no name server says which brokers have the topic {}, what is known of them is kept: {}",
                            topic,
                            String.valueOf(answer.cause().getMessage()));
                }
                answered(topic, found);
            });
        }
    }

    private void answered(String topic, Known found) {
        found.asking = false;
        found.askedMs = clock.getAsLong();
        List<Consumer<SortedMap<String, Integer>>> all = new ArrayList<>(found.waiting);
        found.waiting.clear();
        known.remove(topic);
        if (known.size() >= MAX_TOPICS) {
            known.values().stream().filter(each -> !each.asking).findFirst().ifPresent(known.values()::remove);
        }
        known.put(topic, found);
        all.forEach(then -> then.accept(withOwn(topic, found.readQueues)));
    }

    private SortedMap<String, Integer> withOwn(String topic, SortedMap<String, Integer> others) {
        SortedMap<String, Integer> all = new TreeMap<>(others);
        all.remove(state.broker());
        int own = state.topics().readQueues(topic);
        if (own >= 0) {
            all.put(state.broker(), own);
        }
        return all;
    }

    /** Asks one name server after the other. */
    private Future<SortedMap<String, Integer>> ask(String topic) {
        Future<SortedMap<String, Integer>> answer = Future.failedFuture("there is none");
        for (String address : nameServers) {
            answer = answer.recover(failed -> byAddress
                    .computeIfAbsent(address, clients)
                    .call(RequestCode.GET_ROUTEINFO_BY_TOPIC, sink -> sink.put("topic", topic), null, TIMEOUT_MS)
                    .compose(reply -> read(reply, address)));
        }
        return answer;
    }

    private static Future<SortedMap<String, Integer>> read(RpcClient.RpcAnswer reply, String address) {
        if (reply.code() == ResponseCode.TOPIC_NOT_EXIST) {
            return Future.succeededFuture(new TreeMap<>());
        }
        if (reply.code() != ResponseCode.SUCCESS) {
            return Future.failedFuture(address + " answered " + reply.code() + " " + reply.remark());
        }
        try {
            SortedMap<String, Integer> queues = new TreeMap<>();
            for (Object each : JsonFields.array(Json.readObject(reply.body()), "queueDatas")) {
                Map<?, ?> data = JsonFields.asObject(each);
                boolean readable = (JsonFields.number(data, "perm", 0) & Permission.READ) != 0;
                int count = JsonFields.number(data, "readQueueNums", 0);
                if (readable && count > 0) {
                    queues.put(JsonFields.text(data, "brokerName", ""), count);
                }
            }
            return Future.succeededFuture(queues);
        } catch (JsonException wrong) {
            return Future.failedFuture(address + " answered a route that cannot be read: " + wrong.getMessage());
        }
    }
}
