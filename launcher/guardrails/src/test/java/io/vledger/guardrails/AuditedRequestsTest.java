package io.vledger.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.access.rights.RequestRights;
import io.vledger.access.rights.Right;
import io.vledger.protocol.RequestCode;
import io.vledger.remoting.audit.AuditedRequests;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every request that changes a broker or name server is in the audit log: the table of rights says which those are. */
class AuditedRequestsTest {
    private static final Pattern CHANGE = Pattern.compile("\\b(Create|Update|Delete)\\b");

    /** An administrator's, though they change nothing. */
    private static final Set<Integer> READS = Set.of(RequestCode.GET_BROKER_CLUSTER_ACL_CONFIG);

    /** What brokers tell each other and name servers all the time; and clients, of what they have consumed. */
    private static final Set<Integer> TRAFFIC = Set.of(
            RequestCode.CHECK_TRANSACTION_STATE,
            RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT,
            RequestCode.REGISTER_BROKER,
            RequestCode.UNREGISTER_BROKER,
            RequestCode.BROKER_HEARTBEAT,
            RequestCode.NOTIFY_MIN_BROKER_ID_CHANGE,
            RequestCode.EXCHANGE_BROKER_HA_INFO,
            RequestCode.UPDATE_CONSUMER_OFFSET);

    @Test
    void whatNeedsTheRightToChangeSomethingIsAudited() {
        Set<Integer> changes = new TreeSet<>();
        for (Map.Entry<Integer, Right> each : new RequestRights("Cluster").all().entrySet()) {
            int code = each.getKey();
            boolean controllers = code >= RequestCode.CONTROLLER_FIRST && code <= RequestCode.CONTROLLER_LAST;
            if (CHANGE.matcher(each.getValue().words()).find() && !controllers) {
                changes.add(code);
            }
        }
        changes.removeAll(READS);
        changes.removeAll(TRAFFIC);
        assertThat(changes).hasSizeGreaterThan(30);
        assertThat(changes).allSatisfy(code -> assertThat(AuditedRequests.name(code))
                .as("request code " + code)
                .isNotNull());
    }
}
