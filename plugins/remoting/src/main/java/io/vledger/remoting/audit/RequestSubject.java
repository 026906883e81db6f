package io.vledger.remoting.audit;

import io.netty.buffer.ByteBuf;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vledger.api.rpc.Fields;
import io.vledger.protocol.RequestCode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a request is about, in words for the audit log. Only fields and keys that hold no secret are shown. */
public final class RequestSubject {
    /** Header fields that name or describe things. Passwords, signatures and values of configuration keys are in others, or in bodies. */
    private static final Set<String> SHOWN = Set.of(
            "topic",
            "defaultTopic",
            "readQueueNums",
            "writeQueueNums",
            "perm",
            "attributes",
            "group",
            "groupName",
            "consumerGroup",
            "subscriptionGroup",
            "srcGroup",
            "destGroup",
            "timestamp",
            "queueId",
            "offset",
            "isForce",
            "readable",
            "username",
            "subject",
            "resource",
            "policyType",
            "accessKey",
            "globalWhiteAddrs",
            "namespace",
            "key",
            "brokerName",
            "topicName",
            "mode",
            "msgId",
            "cleanOffset");

    private static final int MAX_BODY_BYTES = 64 << 10;
    private static final int MAX_CHARACTERS = 512;

    private RequestSubject() {}

    /** The words about a request whose fields and body are these. */
    public static String of(int code, Fields fields, ByteBuf body) {
        TreeMap<String, String> shown = new TreeMap<>();
        fields.forEach((key, value) -> {
            if (SHOWN.contains(key)) {
                shown.put(key, value);
            }
        });
        int bytes = body.readableBytes();
        if (bytes > 0 && bytes <= MAX_BODY_BYTES) {
            ofBody(code, body.toString(body.readerIndex(), bytes, StandardCharsets.UTF_8), shown);
        }
        StringBuilder words = new StringBuilder();
        shown.forEach((key, value) ->
                words.append(words.isEmpty() ? "" : " ").append(key).append('=').append(value));
        return words.length() <= MAX_CHARACTERS ? words.toString() : words.substring(0, MAX_CHARACTERS);
    }

    private static void ofBody(int code, String body, Map<String, String> shown) {
        switch (code) {
            case RequestCode.UPDATE_BROKER_CONFIG, RequestCode.UPDATE_NAMESRV_CONFIG -> {
                // Keys only: a value may be a password.
                Set<String> keys = new TreeSet<>();
                body.lines()
                        .filter(line -> line.indexOf('=') > 0)
                        .forEach(line ->
                                keys.add(line.substring(0, line.indexOf('=')).strip()));
                shown.put("keys", String.join(",", keys));
            }
            case RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
                    RequestCode.SET_MESSAGE_REQUEST_MODE,
                    RequestCode.AUTH_CREATE_ACL,
                    RequestCode.AUTH_UPDATE_ACL -> ofJson(body, shown);
            default -> {}
        }
    }

    private static void ofJson(String body, Map<String, String> shown) {
        try {
            JsonObject json = new JsonObject(body);
            for (String key : json.fieldNames()) {
                if (SHOWN.contains(key)) {
                    shown.put(key, String.valueOf(json.getValue(key)));
                }
            }
        } catch (DecodeException notJson) {
            shown.put("body", "not JSON");
        }
    }
}
