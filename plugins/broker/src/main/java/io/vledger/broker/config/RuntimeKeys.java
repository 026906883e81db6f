package io.vledger.broker.config;

import io.vledger.api.plugin.GroupConfig;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The keys of {@code broker.conf} that can be changed while the group runs, and which values each takes. */
public final class RuntimeKeys {
    static final String AUTO_CREATE_TOPIC = "autoCreateTopicEnable";
    static final String AUTO_CREATE_GROUP = "autoCreateSubscriptionGroup";
    static final String DEFAULT_QUEUES = "defaultTopicQueueNums";
    static final String MAX_MESSAGE_SIZE = "maxMessageSize";
    static final String PERMISSION = "brokerPermission";
    static final String MIXED_TYPES = "enableMixedMessageType";
    static final String RESERVED_HOURS = "fileReservedTime";
    static final String DELETE_WHEN = "deleteWhen";
    static final String MAX_USED = "diskMaxUsedSpaceRatio";
    static final String FORCE_USED = "diskSpaceCleanForciblyRatio";
    static final String FORCED = "cleanFileForciblyEnable";
    static final String REJECT_TRANSACTIONS = "rejectTransactionMessage";
    static final String TRANSACTION_TIME_OUT = "transactionTimeOut";
    static final String TRANSACTION_CHECK_MAX = "transactionCheckMax";
    static final String TRANSACTION_CHECK_INTERVAL = "transactionCheckInterval";
    static final String STORE_REPLIES = "storeReplyMessageEnable";
    static final String TIMERS = "timerWheelEnable";
    static final String TIMER_MAX_DELAY = "timerMaxDelaySec";
    static final String TIMERS_EACH_SLOT = "timerCongestNumEachSlot";
    static final String RECALL = "recallMessageEnable";
    static final String SECOND_RETRY_NAME = "enableRetryTopicV2";
    static final String REQUEST_MODE = "defaultMessageRequestMode";
    static final String SHARE_QUEUES = "defaultPopShareQueueNum";
    static final String BOUND_IN_FLIGHT = "enablePopMessageThreshold";
    static final String MAX_IN_FLIGHT = "popInflightMessageThreshold";

    static final String PROPERTY_FILTERS = "enablePropertyFilter";
    static final String LIGHT_QUEUES = "enableLmq";
    static final String DISPATCH = "enableMultiDispatch";
    static final String MAX_LIGHT_QUEUES = "maxLmqConsumeQueueNum";

    static final String POP = "POP";

    /** Those that change what name servers show. */
    private static final Set<String> ROUTES = Set.of(AUTO_CREATE_TOPIC, DEFAULT_QUEUES, PERMISSION);

    private static final int MAX_QUEUES = 1_024;
    private static final int MIN_MESSAGE_BYTES = 1_024;
    private static final int MAX_MESSAGE_BYTES = 16 << 20;
    private static final int MAX_HOURS = 24 * 366 * 10;
    private static final int LAST_HOUR = 23;
    private static final int DAY_MS = 86_400_000;
    private static final int MAX_CHECKS = 10_000;
    private static final int LEAST_INTERVAL_MS = 100;
    private static final int YEAR_SEC = 31_622_400;
    private static final int MAX_SHARE_QUEUES = 100_000;
    private static final int MOST_LIGHT_QUEUES = 1_000_000;

    /** What is wrong with a value of a key, or an empty text. */
    private static final Map<String, UnaryOperator<String>> CHECKS = checks();

    private RuntimeKeys() {}

    private static Map<String, UnaryOperator<String>> checks() {
        UnaryOperator<String> flag = value -> value.equals("true") || value.equals("false") ? "" : "true or false";
        Map<String, UnaryOperator<String>> checks = new TreeMap<>();
        checks.put(AUTO_CREATE_TOPIC, flag);
        checks.put(AUTO_CREATE_GROUP, flag);
        checks.put(MIXED_TYPES, flag);
        checks.put(FORCED, flag);
        checks.put(DEFAULT_QUEUES, value -> number(value, 1, MAX_QUEUES));
        checks.put(MAX_MESSAGE_SIZE, value -> number(value, MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES));
        checks.put(PERMISSION, value -> Set.of("2", "4", "6").contains(value) ? "" : "2, 4 or 6");
        checks.put(RESERVED_HOURS, value -> number(value, 1, MAX_HOURS));
        checks.put(MAX_USED, value -> number(value, 10, 95));
        checks.put(FORCE_USED, value -> number(value, 10, 95));
        checks.put(DELETE_WHEN, RuntimeKeys::hours);
        checks.put(REJECT_TRANSACTIONS, flag);
        checks.put(STORE_REPLIES, flag);
        checks.put(TRANSACTION_TIME_OUT, value -> number(value, 0, DAY_MS));
        checks.put(TRANSACTION_CHECK_MAX, value -> number(value, 1, MAX_CHECKS));
        checks.put(TRANSACTION_CHECK_INTERVAL, value -> number(value, LEAST_INTERVAL_MS, DAY_MS));
        checks.put(TIMERS, flag);
        checks.put(TIMER_MAX_DELAY, value -> number(value, 1, YEAR_SEC));
        checks.put(TIMERS_EACH_SLOT, value -> number(value, 1, Integer.MAX_VALUE));
        checks.put(RECALL, flag);
        checks.put(SECOND_RETRY_NAME, flag);
        checks.put(REQUEST_MODE, value -> Set.of("PULL", POP).contains(value) ? "" : "PULL or POP");
        checks.put(SHARE_QUEUES, value -> number(value, -1, MAX_SHARE_QUEUES));
        checks.put(BOUND_IN_FLIGHT, flag);
        checks.put(MAX_IN_FLIGHT, value -> number(value, 1, GroupConfig.Pop.MAX_IN_FLIGHT));
        checks.put(PROPERTY_FILTERS, flag);
        checks.put(LIGHT_QUEUES, flag);
        checks.put(DISPATCH, flag);
        checks.put(MAX_LIGHT_QUEUES, value -> number(value, 1, MOST_LIGHT_QUEUES));
        return checks;
    }

    /** Keys that can be changed, in order. */
    public static Set<String> names() {
        return CHECKS.keySet();
    }

    /** Whether a change of this key changes routes. */
    public static boolean changesRoutes(String key) {
        return ROUTES.contains(key);
    }

    /**
     * What a value must be that this one is not.
     *
     * @return null if the value can be set; nothing can be set for any key that can be changed, and gives the key back to the files
     */
    public static @Nullable String fault(String key, String value) {
        UnaryOperator<String> check = CHECKS.get(key);
        if (check == null) {
            throw new IllegalArgumentException(key + " cannot be changed");
        }
        String wanted = value.isEmpty() ? "" : check.apply(value);
        return wanted.isEmpty() ? null : wanted;
    }

    private static String number(String value, int least, int most) {
        String wanted = "a number from " + least + " to " + most;
        try {
            int number = Integer.parseInt(value);
            return number >= least && number <= most ? "" : wanted;
        } catch (NumberFormatException notANumber) {
            return wanted;
        }
    }

    private static String hours(String value) {
        for (String hour : value.split(";", -1)) {
            if (!number(hour, 0, LAST_HOUR).isEmpty()) {
                return "hours of the day from 0 to 23, separated by ';'";
            }
        }
        return "";
    }
}
