package io.vledger.broker.admin;

import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.retention.Retention;
import io.vledger.broker.state.BrokerState;
import io.vledger.protocol.ResponseCode;

/** Cleans up when tools ask for it (306, 316, 329). Loop only. */
final class CleanupHandler {
    private final BrokerState state;
    private final Retention retention;
    private final Refusals refusals;

    /** A handler of a group. */
    public CleanupHandler(BrokerState state, Retention retention, Refusals refusals) {
        this.state = state;
        this.retention = retention;
        this.refusals = refusals;
    }

    /**
     * 306: RocketMQ deletes consume queue files that lie wholly below the beginning of the log. Here the queue index is cut together with
     * the log, in {@code DerivedIndex.dropBefore}: there never is anything left to delete.
     */
    public void cleanExpiredConsumeQueue(RpcRequest request) {
        request.reply(ResponseCode.SUCCESS, null);
    }

    /**
     * 316: RocketMQ deletes the consume queues of topics that are not in its topic table. Here a topic's queues are removed by the entry
     * that deletes the topic, in {@code Topics.remove}: there never are queues without a topic.
     */
    public void cleanUnusedTopic(RpcRequest request) {
        request.reply(ResponseCode.SUCCESS, null);
    }

    /**
     * 329: deletes expired files of the log now. Each member deletes its own files of an earlier broker's log; what is expired of the
     * group's log only the leader decides, so a member that does not lead hands the request on to it.
     */
    public void deleteExpiredCommitLog(RpcRequest request) {
        retention.deleteExpiredNow();
        if (state.leads()) {
            request.reply(ResponseCode.SUCCESS, null);
        } else {
            refusals.reply(request, Refusal.NOT_LEADER);
        }
    }
}
