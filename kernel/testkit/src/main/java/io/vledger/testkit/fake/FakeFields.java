package io.vledger.testkit.fake;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.FieldSnapshot;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Header fields in a map. */
public record FakeFields(Map<String, String> values) implements Fields {
    private static final int SYSTEM_ERROR = 1;

    /** What a writer writes. */
    public static FakeFields of(FieldWriter writer) {
        return new FakeFields(FieldSnapshot.values(writer));
    }

    @Override
    public @Nullable String text(String key) {
        return values.get(key);
    }

    @Override
    public String requiredText(String key) {
        String value = values.get(key);
        if (value == null || value.isEmpty()) {
            throw new RequestException(SYSTEM_ERROR, "the field " + key + " is missing");
        }
        return value;
    }

    @Override
    public int number(String key, int otherwise) {
        return values.containsKey(key) ? requiredNumber(key) : otherwise;
    }

    @Override
    public int requiredNumber(String key) {
        try {
            return Integer.parseInt(requiredText(key));
        } catch (NumberFormatException malformed) {
            throw new RequestException(SYSTEM_ERROR, "the field " + key + " is not a number");
        }
    }

    @Override
    public long longNumber(String key, long otherwise) {
        return values.containsKey(key) ? requiredLong(key) : otherwise;
    }

    @Override
    public long requiredLong(String key) {
        try {
            return Long.parseLong(requiredText(key));
        } catch (NumberFormatException malformed) {
            throw new RequestException(SYSTEM_ERROR, "the field " + key + " is not a number");
        }
    }

    @Override
    public boolean flag(String key, boolean otherwise) {
        String value = values.get(key);
        return value == null ? otherwise : Boolean.parseBoolean(value);
    }

    @Override
    public int copyUtf8(String key, ByteBuf target) {
        String value = values.get(key);
        return value == null ? -1 : target.writeCharSequence(value, StandardCharsets.UTF_8);
    }

    @Override
    public void copySortedUtf8(List<String> without, ByteBuf target) {
        new TreeMap<>(values).forEach((key, value) -> {
            if (!without.contains(key)) {
                target.writeCharSequence(value, StandardCharsets.UTF_8);
            }
        });
    }

    @Override
    public void forEach(BiConsumer<String, String> consumer) {
        values.forEach(consumer);
    }
}
