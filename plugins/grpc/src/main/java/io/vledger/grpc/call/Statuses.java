package io.vledger.grpc.call;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Status;
import io.vledger.protocol.ResponseCode;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Statuses of answers, as RocketMQ's proxy gives them. */
public final class Statuses {
    /** Everything went well. */
    public static final Status OK = of(Code.OK, Code.OK.name());

    private Statuses() {}

    /** A status. */
    public static Status of(Code code, String message) {
        return Status.newBuilder().setCode(code).setMessage(message).build();
    }

    /** The status of a code that a broker answered. */
    public static Status of(int responseCode, @Nullable String remark) {
        return of(codeOf(responseCode), remark == null ? Integer.toString(responseCode) : remark);
    }

    /** The refusal that a broker's answer means. */
    public static StatusException refusal(int responseCode, @Nullable String remark) {
        return new StatusException(codeOf(responseCode), remark == null ? Integer.toString(responseCode) : remark);
    }

    private static Code codeOf(int responseCode) {
        return switch (responseCode) {
            case ResponseCode.SUCCESS -> Code.OK;
            case ResponseCode.SYSTEM_BUSY -> Code.TOO_MANY_REQUESTS;
            case ResponseCode.REQUEST_CODE_NOT_SUPPORTED -> Code.NOT_IMPLEMENTED;
            case ResponseCode.TOPIC_NOT_EXIST -> Code.TOPIC_NOT_FOUND;
            case ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST -> Code.CONSUMER_GROUP_NOT_FOUND;
            default -> Code.INTERNAL_SERVER_ERROR;
        };
    }

    /** The status of a call that failed. */
    public static Status of(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof StatusException refusal) {
            return of(refusal.code(), message);
        }
        return of(failure instanceof TimeoutException ? Code.PROXY_TIMEOUT : Code.INTERNAL_SERVER_ERROR, message);
    }
}
