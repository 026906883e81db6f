package io.vledger.acceptance.proxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.shaded.com.google.protobuf.Descriptors.EnumValueDescriptor;
import org.apache.rocketmq.shaded.com.google.protobuf.Descriptors.FieldDescriptor;
import org.apache.rocketmq.shaded.com.google.protobuf.Message;

/** What can be compared of an answer: its codes in their order, which fields are set, and what later calls need of it. */
final class AnswerShape {
    /** What a server gives clients to show again; a test remembers it. */
    private static final Set<String> SHOWN_AGAIN =
            Set.of("receipt_handle", "transaction_id", "recall_handle", "message_id");

    private final List<String> codes = new ArrayList<>();
    private final Set<String> fields = new TreeSet<>();
    private final Map<String, List<String>> remembered = new LinkedHashMap<>();

    /** A message of the answer. */
    void add(Message message) {
        if (message.getDescriptorForType().findFieldByName("message") != null
                && !message.getDescriptorForType().getName().equals("Status")
                && message.hasField(message.getDescriptorForType().findFieldByName("message"))) {
            codes.add("message");
        }
        look("", message);
    }

    /** The call ended without an answer. */
    void fail(String how) {
        codes.add(how);
    }

    private void look(String prefix, Message message) {
        message.getAllFields().forEach((field, value) -> {
            List<?> values = field.isRepeated() ? (List<?>) value : List.of(value);
            values.forEach(each -> look(prefix, field, each));
        });
    }

    private void look(String prefix, FieldDescriptor field, Object value) {
        String path = prefix + field.getName();
        if (value instanceof Message inner) {
            look(path + ".", inner);
        } else if (value instanceof EnumValueDescriptor symbol) {
            fields.add(path + "=" + symbol.getName());
            if (field.getName().equals("code")) {
                codes.add(symbol.getName());
            }
        } else if (!(value instanceof Number)) {
            // A number that is not there is zero.
            fields.add(value instanceof Boolean ? path + "=" + value : path);
            if (SHOWN_AGAIN.contains(field.getName())) {
                remembered
                        .computeIfAbsent(field.getName(), name -> new ArrayList<>())
                        .add(value.toString());
            }
        }
    }

    /** As values of an answer's line. */
    Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("codes", String.join(" ", codes));
        values.put("fields", String.join(" ", fields));
        remembered.forEach((name, all) -> {
            for (int i = 0; i < all.size(); i++) {
                values.put(name + i, all.get(i));
            }
        });
        return values;
    }
}
