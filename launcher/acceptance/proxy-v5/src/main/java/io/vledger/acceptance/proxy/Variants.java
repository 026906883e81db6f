package io.vledger.acceptance.proxy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.shaded.com.google.protobuf.ByteString;
import org.apache.rocketmq.shaded.com.google.protobuf.Descriptors.FieldDescriptor;
import org.apache.rocketmq.shaded.com.google.protobuf.Duration;
import org.apache.rocketmq.shaded.com.google.protobuf.Message;
import org.apache.rocketmq.shaded.com.google.protobuf.Timestamp;

/** A well-formed request with one field after the other left out, or set to what nobody should send. */
final class Variants {
    private static final int UNKNOWN_ENUM = 99;
    private static final int LONG = 300;
    private static final long FAR_SECONDS = 100_000_000_000L;

    private final Map<String, Message> all = new LinkedHashMap<>();

    private Variants() {}

    /** By name, such as {@code messages.topic.name=bad}. */
    static Map<String, Message> of(Message request) {
        Variants variants = new Variants();
        request.getAllFields().forEach((field, value) -> variants.field("", request, field, value));
        // Nothing at all is a form of its own.
        variants.all.values().removeIf(request.getDefaultInstanceForType()::equals);
        return variants.all;
    }

    private void field(String prefix, Message owner, FieldDescriptor field, Object value) {
        String path = prefix + field.getName();
        all.put("without " + path, owner.toBuilder().clearField(field).build());
        Object first = field.isRepeated() ? ((List<?>) value).get(0) : value;
        if (first instanceof Message inner && !field.isMapField()) {
            Variants below = new Variants();
            if (!times(below, inner)) {
                inner.getAllFields().forEach((each, of) -> below.field("", inner, each, of));
            }
            below.all.forEach((name, changed) -> {
                String word = name.startsWith("without ") ? "without " : "";
                put(owner, field, word + path + "." + name.substring(word.length()), changed);
            });
        } else if (first instanceof String) {
            put(owner, field, path + "=bad", "not / a $name");
            put(owner, field, path + "=long", "x".repeat(LONG));
            put(owner, field, path + "=other", "other");
        } else if (first instanceof Integer) {
            put(owner, field, path + "=-1", -1);
            put(owner, field, path + "=max", Integer.MAX_VALUE);
        } else if (first instanceof Boolean set) {
            put(owner, field, path + "=" + !set, !set);
        } else if (first instanceof ByteString) {
            put(owner, field, path + "=empty", ByteString.EMPTY);
        } else if (field.getJavaType() == FieldDescriptor.JavaType.ENUM) {
            put(owner, field, path + "=0", field.getEnumType().findValueByNumberCreatingIfUnknown(0));
            put(owner, field, path + "=99", field.getEnumType().findValueByNumberCreatingIfUnknown(UNKNOWN_ENUM));
        }
    }

    private static boolean times(Variants into, Message time) {
        if (time instanceof Duration) {
            into.all.put("seconds=-1", Duration.newBuilder().setSeconds(-1).build());
            into.all.put("seconds=0", Duration.getDefaultInstance());
            into.all.put(
                    "seconds=far", Duration.newBuilder().setSeconds(FAR_SECONDS).build());
            return true;
        }
        if (time instanceof Timestamp) {
            into.all.put("seconds=-1", Timestamp.newBuilder().setSeconds(-1).build());
            into.all.put(
                    "seconds=far",
                    Timestamp.newBuilder().setSeconds(FAR_SECONDS).build());
            return true;
        }
        return false;
    }

    private void put(Message owner, FieldDescriptor field, String name, Object value) {
        Message.Builder changed = owner.toBuilder();
        all.put(
                name,
                field.isRepeated()
                        ? changed.setRepeatedField(field, 0, value).build()
                        : changed.setField(field, value).build());
    }
}
