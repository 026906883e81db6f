package io.vledger.broker.rig;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Header fields from a map. */
public record RigFields(Map<String, String> values) implements Fields {
    @Override
    public @Nullable String text(String key) {
        return values.get(key);
    }

    @Override
    public String requiredText(String key) {
        String value = values.get(key);
        if (value == null || value.isEmpty()) {
            throw new RequestException(1, "field " + key + " is missing");
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
        } catch (NumberFormatException e) {
            throw new RequestException(1, "field " + key + " is not a number");
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
        } catch (NumberFormatException e) {
            throw new RequestException(1, "field " + key + " is not a number");
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
    public void forEach(BiConsumer<String, String> consumer) {
        values.forEach(consumer);
    }
}
