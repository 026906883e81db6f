package io.vledger.broker.routing;

import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Requests of RocketMQ that a group of members has no use for: tools that send them are answered why, under the code of unsupported requests.
 * The list in the module's README comes from here.
 */
public final class RefusedRequests {
    private static final String CONTROLLER = "controllers: members elect their leader by Raft, see mqadmin haStatus";
    private static final String CONTAINER = "broker containers: a node has its groups in its configuration";
    private static final String STATIC_TOPICS = "static topics: queues stay with the group that has them";
    private static final String ROCKSDB = "the broker's own RocksDB files: its state is in the replicated log";
    private static final String COLD_DATA =
            "flow control of cold reads: they have threads of their own and delay nobody";
    private static final String TIMER_COPIES = "copies of a timer for slaves: timers are in the replicated state";
    private static final String LITE_TOPICS = "lite topics (RIP-83)";

    private static final Map<Integer, String> REASONS = reasons();

    private RefusedRequests() {}

    private static Map<Integer, String> reasons() {
        Map<Integer, String> reasons = new TreeMap<>();
        reasons.put(RequestCode.GET_TIMER_CHECK_POINT, TIMER_COPIES);
        reasons.put(RequestCode.GET_TIMER_METRICS, TIMER_COPIES);
        reasons.put(RequestCode.UPDATE_AND_CREATE_STATIC_TOPIC, STATIC_TOPICS);
        reasons.put(RequestCode.ADD_BROKER, CONTAINER);
        reasons.put(RequestCode.REMOVE_BROKER, CONTAINER);
        reasons.put(RequestCode.RESET_MASTER_FLUSH_OFFSET, "a flush position that tools set: members agree on it");
        for (int code = RequestCode.CONTROLLER_FIRST; code <= RequestCode.CONTROLLER_LAST; code++) {
            reasons.put(code, CONTROLLER);
        }
        for (int code = RequestCode.COLD_DATA_FIRST; code <= RequestCode.COLD_DATA_LAST; code++) {
            reasons.put(code, COLD_DATA);
        }
        reasons.put(RequestCode.CHECK_ROCKSDB_CQ_WRITE_PROGRESS, ROCKSDB);
        reasons.put(RequestCode.EXPORT_ROCKSDB_CONFIG_TO_JSON, ROCKSDB);
        reasons.put(RequestCode.SWITCH_TIMER_ENGINE, "a choice of timers: there is one, in the replicated state");
        for (int code = RequestCode.GET_BROKER_LITE_INFO; code <= RequestCode.TRIGGER_LITE_DISPATCH; code++) {
            reasons.put(code, LITE_TOPICS);
        }
        return Collections.unmodifiableMap(reasons);
    }

    /** What each refused code is about, by code. */
    public static Map<Integer, String> byCode() {
        return REASONS;
    }

    /** Registers what refuses them, except where a table has a handler. */
    public static void register(RequestTable served, Handlers handlers) {
        REASONS.forEach((code, reason) -> {
            if (served.find(code) == null) {
                handlers.register(code, refusal(code, reason));
            }
        });
    }

    /** RocketMQ's words for any request that it does not know, and why. */
    private static RequestHandler refusal(int code, String reason) {
        String remark = " request type " + code + " not supported: " + reason;
        return request -> request.reply(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, remark);
    }
}
