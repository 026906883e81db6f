package io.vledger.broker.client;

import io.vledger.api.group.Group;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.TimeSpan;
import io.vledger.broker.group.ColdReads;
import io.vledger.protocol.ResponseCode;

/** Answers requests for messages by id (33) and by key (12). Loop only. */
public final class MessageHandler {
    private static final int MAX_MESSAGES = 64;
    private static final int UNIQUE_MESSAGES = 32;

    private final KeySearch.Log log;
    private final StoredMessages messages;

    /**
     * A handler of a group.
     *
     * @param originEnd log position below which messages are an earlier broker's; 0 if there are none
     */
    public MessageHandler(Group group, KeyIndex keys, StoredMessages messages, ColdReads coldReads, long originEnd) {
        this.log = new KeySearch.Log(group, keys, messages, coldReads, originEnd);
        this.messages = messages;
    }

    /** 33: the message at a position, as its id names it. */
    public void view(RpcRequest request) {
        long position = request.fields().requiredLong("offset");
        messages.find(position, (message, failure) -> {
            if (failure != null) {
                request.reply(ResponseCode.SYSTEM_ERROR, failure.getMessage());
            } else if (message == null) {
                request.reply(ResponseCode.SYSTEM_ERROR, "can not find message by the offset, " + position);
            } else {
                request.reply(ResponseCode.SUCCESS, null, FieldWriter.NONE, message);
            }
        });
    }

    /** 12: the newest messages of a topic with a key, stored within a span of time, both ends included. */
    public void query(RpcRequest request) {
        String topic = request.fields().requiredText("topic");
        String key = request.fields().requiredText("key");
        boolean unique = request.fields().flag("_UNIQUE_KEY_QUERY", false)
                || "U".equals(request.fields().text("indexType"));
        int wanted = unique ? UNIQUE_MESSAGES : request.fields().requiredNumber("maxNum");
        TimeSpan stored = new TimeSpan(
                request.fields().longNumber("beginTimestamp", 0),
                request.fields().longNumber("endTimestamp", Long.MAX_VALUE));
        if ("T".equals(request.fields().text("indexType"))) {
            throw new RequestException(
                    ResponseCode.QUERY_NOT_FOUND, "messages are not indexed by tag; query by key or unique id");
        }
        int max = Math.max(1, Math.min(wanted, MAX_MESSAGES));
        new KeySearch(log, request, new KeySearch.Wanted(topic, key, unique, stored), max).start();
    }
}
