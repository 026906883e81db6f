package io.vledger.protocol;

/** Ordinals of RocketMQ releases as they travel in the {@code version} field, where behaviour depends on them. */
public final class MqVersion {
    /** Clients at or above understand pushed offset resets and status queries. */
    public static final int V3_0_7_SNAPSHOT = 28;
    /** Brokers at or above register with the current body format. */
    public static final int V3_0_11 = 37;
    /** Clients at or above answer {@code GET_CONSUMER_RUNNING_INFO}. */
    public static final int V3_1_8_SNAPSHOT = 62;
    /** Clients at or above send a meaningful {@code maxReconsumeTimes}. */
    public static final int V3_4_9 = 121;
    /** 4.9.3. */
    public static final int V4_9_3 = 399;
    /** Clients at or above ask name servers for standard JSON. */
    public static final int V4_9_4 = 401;
    /** 4.9.8. */
    public static final int V4_9_8 = 409;
    /** 5.0.0. */
    public static final int V5_0_0 = 413;
    /** Clients above this understand {@code GO_AWAY}. */
    public static final int V5_3_1 = 475;
    /** What this broker says that it is: 5.5.0. */
    public static final int CURRENT = 513;

    private MqVersion() {}

    /** The release for a person to read, for example {@code V5_5_0}; the ordinal where its name is not known here. */
    public static String describe(int version) {
        return switch (version) {
            case V3_0_7_SNAPSHOT -> "V3_0_7_SNAPSHOT";
            case V3_0_11 -> "V3_0_11";
            case V3_1_8_SNAPSHOT -> "V3_1_8_SNAPSHOT";
            case V3_4_9 -> "V3_4_9";
            case V4_9_3 -> "V4_9_3";
            case V4_9_4 -> "V4_9_4";
            case V4_9_8 -> "V4_9_8";
            case V5_0_0 -> "V5_0_0";
            case V5_3_1 -> "V5_3_1";
            case CURRENT -> "V5_5_0";
            default -> "V" + version;
        };
    }
}
