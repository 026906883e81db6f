package io.vledger.broker.admin;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.SystemNames;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonWriter;
import java.util.List;

/** Tells tools about this node: its condition, the group's members (28, 43, 45, 907). Loop only. */
final class NodeHandler {
    private final Group group;
    private final BrokerState state;
    private final RuntimeInfo runtime;

    /** A handler of a group. */
    public NodeHandler(Group group, BrokerState state, RuntimeInfo runtime) {
        this.group = group;
        this.state = state;
        this.runtime = runtime;
    }

    /** 28: the condition of this node as a table of texts. */
    public void runtimeInfo(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("table").beginObject();
        runtime.table().forEach((key, value) -> json.key(key).value(value));
        request.replyBody(json.endObject().endObject().toBytes());
    }

    /** 907: the Raft members as RocketMQ's replicas. Differences count entries where the place in bytes is not known. */
    public void haStatus(RpcRequest request) {
        GroupStatus status = group.status();
        boolean leads = status.role() == GroupRole.LEADER;
        JsonWriter json =
                JsonWriter.create().beginObject().key("haClientRuntimeInfo").beginObject();
        json.field("activated", !leads && status.leader() != null)
                .field("lastReadTimestamp", 0)
                .field("lastWriteTimestamp", 0)
                .field("masterAddr", status.leaderClientAddress())
                .field("masterFlushOffset", 0)
                .field("maxOffset", status.endPosition())
                .field("transferredByteInSecond", 0)
                .endObject();
        json.key("haConnectionInfo").beginArray();
        int inSync = 0;
        for (GroupStatus.Member member : leads ? status.members() : List.<GroupStatus.Member>of()) {
            if (member.node().equals(status.node())) {
                continue;
            }
            boolean current = member.connected() && member.matchIndex() >= status.commitIndex();
            inSync += current ? 1 : 0;
            json.beginObject()
                    .field("addr", member.clientAddress().isEmpty() ? member.raftAddress() : member.clientAddress())
                    .field("diff", Math.max(0, status.lastIndex() - member.matchIndex()))
                    .field("inSync", current)
                    .field("slaveAckOffset", current ? status.endPosition() : 0)
                    .field("transferFromWhere", member.matchIndex())
                    .field("transferredByteInSecond", 0)
                    .endObject();
        }
        json.endArray().field("inSyncSlaveNums", inSync).field("master", leads);
        json.field("masterCommitLogMaxOffset", status.endPosition());
        request.replyBody(json.endObject().toBytes());
    }

    /** 43: all consumer offsets. */
    public void allConsumerOffsets(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("dataVersion");
        ConfigJson.dataVersion(json, state.term(), 0);
        json.key("offsetTable").beginObject();
        for (ConsumerOffsets.GroupTopic key : state.offsets().keys()) {
            json.key(key.topic() + "@" + key.group()).beginObject();
            long[] values = state.offsets().all(key.group(), key.topic());
            for (int queueId = 0; queueId < values.length; queueId++) {
                if (values[queueId] != ConsumerOffsets.NONE) {
                    json.key(queueId).value(values[queueId]);
                }
            }
            json.endObject();
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }

    /** 200056: before RocketMQ goes back to files, moves what is in flight out of RocksDB. It is in the replicated state: nothing to do. */
    public void popRollback(RpcRequest request) {
        request.reply(ResponseCode.SUCCESS, null);
    }

    /** 45: the progress of the delay levels. */
    public void allDelayOffsets(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("dataVersion");
        ConfigJson.dataVersion(json, state.term(), 0);
        json.key("offsetTable").beginObject();
        for (int level = 1; level <= SystemNames.MAX_DELAY_LEVELS; level++) {
            if (RuntimeInfo.usedLevel(state, level) != null) {
                json.key(level).value(state.schedule().next(level));
            }
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }
}
