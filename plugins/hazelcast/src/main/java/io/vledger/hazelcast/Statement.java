package io.vledger.hazelcast;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.discovery.Discovery.Sighting;
import io.vledger.api.net.HostPort;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What one node announces to the others: its group members, as JSON of version {@value #VERSION}. Unknown fields are ignored, so
 * that later versions may add some; a later version that means something else takes another number and is not read here.
 */
final class Statement {
    static final int VERSION = 1;
    static final int MAX_BYTES = 1 << 20;
    static final int MAX_MEMBERS = 4096;

    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}\\s]{1,255}");

    private Statement() {}

    /** A statement, or a part of it, that is not one; the message says why. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message);
        }
    }

    static byte[] encode(List<Sighting> members) {
        JsonArray array = new JsonArray();
        for (Sighting member : members) {
            array.add(new JsonObject()
                    .put("cluster", member.cluster())
                    .put("group", member.group())
                    .put("node", member.node())
                    .put("address", member.clientAddress())
                    .put("term", member.term())
                    .put("leads", member.leads())
                    .put("topicsVersion", member.topicsVersion()));
        }
        return new JsonObject()
                .put("version", VERSION)
                .put("members", array)
                .toBuffer()
                .getBytes();
    }

    /**
     * Reads a statement of anybody.
     *
     * @throws Unreadable if anything of it is not as it must be; then nothing of it is taken
     */
    static List<Sighting> decode(byte[] bytes) throws Unreadable {
        if (bytes.length > MAX_BYTES) {
            throw new Unreadable(bytes.length + " bytes, more than " + MAX_BYTES);
        }
        try {
            JsonObject json = new JsonObject(Buffer.buffer(bytes));
            if (!(json.getValue("version") instanceof Integer version) || version != VERSION) {
                throw new Unreadable("version " + shortened(json.getValue("version")) + ", not " + VERSION);
            }
            JsonArray array = json.getJsonArray("members");
            if (array == null || array.size() > MAX_MEMBERS) {
                throw new Unreadable("no members, or more than " + MAX_MEMBERS);
            }
            List<Sighting> members = new ArrayList<>(array.size());
            for (int i = 0; i < array.size(); i++) {
                members.add(member(array.getJsonObject(i)));
            }
            return members;
        } catch (DecodeException | ClassCastException | NullPointerException e) {
            throw new Unreadable("not the JSON of a statement");
        }
    }

    private static Sighting member(JsonObject json) throws Unreadable {
        String address = text(json, "address", NAME);
        if (HostPort.parseAnnounced(address) == null) {
            throw new Unreadable("address = " + shortened(address));
        }
        return new Sighting(
                text(json, "cluster", NAME),
                text(json, "group", NAME),
                text(json, "node", NAME),
                address,
                number(json, "term"),
                Boolean.TRUE.equals(json.getValue("leads")),
                number(json, "topicsVersion"));
    }

    private static String text(JsonObject json, String key, Pattern pattern) throws Unreadable {
        Object value = json.getValue(key);
        if (!(value instanceof String text) || !pattern.matcher(text).matches()) {
            throw new Unreadable(key + " = " + shortened(value));
        }
        return text;
    }

    private static long number(JsonObject json, String key) throws Unreadable {
        Object value = json.getValue(key);
        if (!(value instanceof Integer || value instanceof Long)) {
            throw new Unreadable(key + " = " + shortened(value));
        }
        return ((Number) value).longValue();
    }

    private static String shortened(@org.jspecify.annotations.Nullable Object value) {
        String text = String.valueOf(value);
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }
}
