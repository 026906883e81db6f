package io.vledger.broker.access;

import io.netty.buffer.Unpooled;
import io.vledger.access.plain.PlainAccount;
import io.vledger.access.plain.PlainPermission;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.ColdReads;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonWriter;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Accounts of ACL 1.0 in this member's files, for tools of 4.9: 50 to 54. Tools send each change to every member. Loop only. */
final class PlainAccountHandler {
    private static final int UPDATE_FAILED = 209;
    private static final int DELETE_FAILED = 210;
    private static final int WHITE_ADDRESSES_FAILED = 211;

    private final Identity identity;
    private final NodeAccess access;
    private final ColdReads workers;
    private final LongSupplier clock;

    /**
     * Who answers.
     *
     * @param cluster RocketMQ's cluster name
     * @param broker RocketMQ's broker name
     * @param address at which clients reach this member
     */
    record Identity(String cluster, String broker, String address) {}

    PlainAccountHandler(Identity identity, NodeAccess access, ColdReads workers, LongSupplier clock) {
        this.identity = identity;
        this.access = access;
        this.workers = workers;
        this.clock = clock;
    }

    /** Changes files; runs on a worker. */
    private interface Work {
        /** Why it was not done; null if it was. */
        @Nullable
        String run(long nowMs) throws IOException;
    }

    private void run(RpcRequest request, int failureCode, Work work) {
        request.detach();
        String[] failure = new String[1];
        long nowMs = clock.getAsLong();
        workers.run(
                () -> {
                    try {
                        synchronized (access) {
                            failure[0] = work.run(nowMs);
                        }
                        access.reload();
                    } catch (IOException | IllegalArgumentException failed) {
                        failure[0] = String.valueOf(failed.getMessage());
                    }
                },
                () -> request.reply(failure[0] == null ? ResponseCode.SUCCESS : failureCode, failure[0]));
    }

    private static void requireFiles(NodeAccess access, int code) {
        if (!access.settings().mode().plain()) {
            throw new RequestException(
                    ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
                    " request type " + code + " not supported: aclEnable is not true here");
        }
    }

    /** 50. */
    void put(RpcRequest request) {
        requireFiles(access, request.code());
        PlainAccount account;
        try {
            account = new PlainAccount(
                    text(request, "accessKey"),
                    text(request, "secretKey"),
                    text(request, "whiteRemoteAddress"),
                    request.fields().flag("admin", false),
                    PlainPermission.parse(text(request, "defaultTopicPerm")),
                    PlainPermission.parse(text(request, "defaultGroupPerm")),
                    PlainAccount.permissions(list(request, "topicPerms")),
                    PlainAccount.permissions(list(request, "groupPerms")));
        } catch (IllegalArgumentException wrong) {
            throw new RequestException(UPDATE_FAILED, String.valueOf(wrong.getMessage()));
        }
        run(request, UPDATE_FAILED, nowMs -> {
            access.files().put(account, nowMs);
            return null;
        });
    }

    /** 51. */
    void delete(RpcRequest request) {
        requireFiles(access, request.code());
        String name = text(request, "accessKey");
        run(
                request,
                DELETE_FAILED,
                nowMs -> access.files().remove(name, nowMs)
                        ? null
                        : "The accesskey[" + name + "] corresponding to accessConfig has been deleted failed.");
    }

    /** 53. */
    void whiteAddresses(RpcRequest request) {
        requireFiles(access, request.code());
        List<String> addresses = list(request, "globalWhiteAddrs");
        String file = text(request, "aclFileFullPath");
        run(
                request,
                WHITE_ADDRESSES_FAILED,
                nowMs -> access.files().whiteAddresses(addresses, file, nowMs)
                        ? null
                        : "The globalWhiteAddresses" + addresses + " has been updated failed: " + file
                                + " is no file of access control");
    }

    /** 52. */
    void version(RpcRequest request) {
        requireFiles(access, request.code());
        request.detach();
        Versions found = new Versions();
        workers.run(() -> found.read(access), () -> {
            String failure = found.failure;
            if (failure != null) {
                request.reply(ResponseCode.SYSTEM_ERROR, failure);
                return;
            }
            request.reply(
                    ResponseCode.SUCCESS,
                    null,
                    fields -> fields.put("version", found.main)
                            .put("allAclFileVersion", found.all)
                            .put("brokerName", identity.broker())
                            .put("brokerAddr", identity.address())
                            .put("clusterName", identity.cluster()),
                    null);
        });
    }

    /** What RocketMQ calls data versions, as JSON. */
    private static final class Versions {
        private String main = version(0, 0);
        private String all = "{}";
        private @Nullable String failure;

        void read(NodeAccess access) {
            try {
                Map<String, long[]> versions = access.files().versions();
                JsonWriter json = JsonWriter.create().beginObject();
                versions.forEach((file, version) -> {
                    json.key(file);
                    write(json, version[0], version[1]);
                });
                all = json.endObject().toString();
                long[] first = versions.get(access.files().main().toString());
                main = first == null ? main : version(first[0], first[1]);
            } catch (IOException unreadable) {
                failure = unreadable.getMessage();
            }
        }

        private static String version(long counter, long timestamp) {
            JsonWriter json = JsonWriter.create();
            write(json, counter, timestamp);
            return json.toString();
        }

        private static void write(JsonWriter json, long counter, long timestamp) {
            json.beginObject()
                    .field("counter", counter)
                    .field("stateVersion", 0)
                    .field("timestamp", timestamp)
                    .endObject();
        }
    }

    /** 54. */
    void all(RpcRequest request) {
        requireFiles(access, request.code());
        JsonWriter json =
                JsonWriter.create().beginObject().key("globalWhiteAddrs").beginArray();
        access.rules().whiteAddresses().forEach(json::value);
        json.endArray().key("plainAccessConfigs").beginArray();
        access.rules().accounts().values().forEach(account -> write(json, account));
        json.endArray().endObject();
        request.reply(ResponseCode.SUCCESS, null, FieldWriter.NONE, Unpooled.wrappedBuffer(json.toBytes()));
    }

    private static void write(JsonWriter json, PlainAccount account) {
        json.beginObject()
                .field("accessKey", account.accessKey())
                .field("admin", account.admin())
                .field("defaultGroupPerm", account.defaultGroupPerm().label())
                .field("defaultTopicPerm", account.defaultTopicPerm().label());
        json.key("groupPerms").beginArray();
        account.groupPerms().forEach((name, permission) -> json.value(name + "=" + permission.label()));
        json.endArray()
                .field("secretKey", account.secretKey())
                .key("topicPerms")
                .beginArray();
        account.topicPerms().forEach((name, permission) -> json.value(name + "=" + permission.label()));
        json.endArray()
                .field("whiteRemoteAddress", account.whiteRemoteAddress())
                .endObject();
    }

    private static String text(RpcRequest request, String field) {
        String text = request.fields().text(field);
        return text == null ? "" : text.strip();
    }

    private static List<String> list(RpcRequest request, String field) {
        String text = text(request, field);
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(",")).map(String::strip).toList();
    }
}
