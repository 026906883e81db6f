package io.vledger.grpc.call;

import apache.rocketmq.v2.Code;
import io.vertx.core.MultiMap;
import io.vledger.api.rpc.CallSignature;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Reads who a call says that it is of, as 5.x clients write it and with the words of RocketMQ's proxy for what cannot be read:
 *
 * <pre>
 * x-mq-date-time  20231227T194619Z
 * authorization   MQv2-HMAC-SHA1 Credential=user, SignedHeaders=x-mq-date-time, Signature=the HMAC-SHA1 of the date in hexadecimal digits
 * </pre>
 */
final class Credentials {
    static final String AUTHORIZATION = "authorization";
    static final String DATE = "x-mq-date-time";

    private Credentials() {}

    /**
     * Reads the metadata of a call.
     *
     * @return null if they name nobody
     * @throws StatusException if they cannot be read
     */
    static @Nullable CallSignature of(MultiMap metadata) {
        String authorization = metadata.get(AUTHORIZATION);
        if (authorization == null || authorization.isEmpty()) {
            return null;
        }
        String date = metadata.get(DATE);
        if (date == null || date.isEmpty()) {
            throw refused("datetime is null.");
        }
        int space = authorization.indexOf(' ');
        if (space < 0) {
            throw refused("authentication header is incorrect.");
        }
        String user = "";
        String signature = "";
        for (String item : authorization.substring(space + 1).split(",")) {
            String part = item.trim();
            int equal = part.indexOf('=');
            if (equal < 0) {
                throw refused("authentication keyValues length is incorrect, actual length=1.");
            }
            String value = part.substring(equal + 1);
            switch (part.substring(0, equal)) {
                case "Credential" -> user = value.contains("/") ? value.substring(0, value.indexOf('/')) : value;
                case "Signature" -> signature = base64(value);
                default -> {}
            }
        }
        return new CallSignature(user, date, signature);
    }

    private static String base64(String digits) {
        try {
            return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(digits));
        } catch (IllegalArgumentException wrong) {
            throw refused("create authentication context error.");
        }
    }

    private static StatusException refused(String why) {
        return new StatusException(Code.UNAUTHORIZED, why);
    }
}
