package io.vledger.remoting.audit;

import io.vledger.protocol.RequestCode;
import org.jspecify.annotations.Nullable;

/** The requests that change what a broker or a name server is: by tools, not by the traffic of clients. */
public final class AuditedRequests {
    private AuditedRequests() {}

    /** The name of a request that changes state; null if it does not. Of every request: allocates nothing. */
    public static @Nullable String name(int code) {
        return switch (code) {
            case RequestCode.UPDATE_AND_CREATE_TOPIC -> "UPDATE_AND_CREATE_TOPIC";
            case RequestCode.UPDATE_AND_CREATE_TOPIC_LIST -> "UPDATE_AND_CREATE_TOPIC_LIST";
            case RequestCode.UPDATE_AND_CREATE_STATIC_TOPIC -> "UPDATE_AND_CREATE_STATIC_TOPIC";
            case RequestCode.DELETE_TOPIC_IN_BROKER -> "DELETE_TOPIC_IN_BROKER";
            case RequestCode.UPDATE_BROKER_CONFIG -> "UPDATE_BROKER_CONFIG";
            case RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP -> "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP";
            case RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST -> "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST";
            case RequestCode.DELETE_SUBSCRIPTIONGROUP -> "DELETE_SUBSCRIPTIONGROUP";
            case RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN -> "UPDATE_AND_GET_GROUP_FORBIDDEN";
            case RequestCode.SET_MESSAGE_REQUEST_MODE -> "SET_MESSAGE_REQUEST_MODE";
            case RequestCode.INVOKE_BROKER_TO_RESET_OFFSET -> "INVOKE_BROKER_TO_RESET_OFFSET";
            case RequestCode.CLONE_GROUP_OFFSET -> "CLONE_GROUP_OFFSET";
            case RequestCode.RESUME_CHECK_HALF_MESSAGE -> "RESUME_CHECK_HALF_MESSAGE";
            case RequestCode.DELETE_EXPIRED_COMMITLOG -> "DELETE_EXPIRED_COMMITLOG";
            case RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE -> "CLEAN_EXPIRED_CONSUMEQUEUE";
            case RequestCode.CLEAN_UNUSED_TOPIC -> "CLEAN_UNUSED_TOPIC";
            case RequestCode.RESET_MASTER_FLUSH_OFFSET -> "RESET_MASTER_FLUSH_OFFSET";
            case RequestCode.SWITCH_TIMER_ENGINE -> "SWITCH_TIMER_ENGINE";
            case RequestCode.ADD_BROKER -> "ADD_BROKER";
            case RequestCode.REMOVE_BROKER -> "REMOVE_BROKER";
            case RequestCode.UPDATE_AND_CREATE_ACL_CONFIG -> "UPDATE_AND_CREATE_ACL_CONFIG";
            case RequestCode.DELETE_ACL_CONFIG -> "DELETE_ACL_CONFIG";
            case RequestCode.UPDATE_GLOBAL_WHITE_ADDRS_CONFIG -> "UPDATE_GLOBAL_WHITE_ADDRS_CONFIG";
            case RequestCode.AUTH_CREATE_USER -> "AUTH_CREATE_USER";
            case RequestCode.AUTH_UPDATE_USER -> "AUTH_UPDATE_USER";
            case RequestCode.AUTH_DELETE_USER -> "AUTH_DELETE_USER";
            case RequestCode.AUTH_CREATE_ACL -> "AUTH_CREATE_ACL";
            case RequestCode.AUTH_UPDATE_ACL -> "AUTH_UPDATE_ACL";
            case RequestCode.AUTH_DELETE_ACL -> "AUTH_DELETE_ACL";
            case RequestCode.PUT_KV_CONFIG -> "PUT_KV_CONFIG";
            case RequestCode.DELETE_KV_CONFIG -> "DELETE_KV_CONFIG";
            case RequestCode.WIPE_WRITE_PERM_OF_BROKER -> "WIPE_WRITE_PERM_OF_BROKER";
            case RequestCode.ADD_WRITE_PERM_OF_BROKER -> "ADD_WRITE_PERM_OF_BROKER";
            case RequestCode.DELETE_TOPIC_IN_NAMESRV -> "DELETE_TOPIC_IN_NAMESRV";
            case RequestCode.REGISTER_TOPIC_IN_NAMESRV -> "REGISTER_TOPIC_IN_NAMESRV";
            case RequestCode.UPDATE_NAMESRV_CONFIG -> "UPDATE_NAMESRV_CONFIG";
            default -> null;
        };
    }
}
