package io.vledger.kernel.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * A configuration in JSON: one object in which no key is there twice, with the lines of its keys. (Of a key that is there twice,
 * other readers take the last in silence.)
 *
 * @param tree the object
 * @param lines line of each key by its path, such as {@code groups[0].port}
 */
record StrictJson(JsonObject tree, Map<String, Integer> lines) {
    private static final int MAX_DEPTH = 100;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /**
     * Parses the bytes of a file.
     *
     * @param file for messages
     * @throws ConfigException if it is no such object
     */
    static StrictJson parse(String file, byte[] bytes) {
        String head = new String(bytes, 0, Math.min(bytes.length, 4096), StandardCharsets.ISO_8859_1).strip();
        if (head.isEmpty()) {
            throw new ConfigException(file, "is empty; a node needs at least a node id and a group");
        }
        Map<String, Integer> lines = new HashMap<>();
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            scan(parser, lines);
        } catch (JsonProcessingException e) {
            String line = e.getLocation() == null
                    ? ""
                    : " (line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ")";
            throw new ConfigException(file, hint(head) + e.getOriginalMessage() + line);
        } catch (IOException e) {
            throw new ConfigException(file, "is not a JSON object: " + e.getMessage());
        }
        return new StrictJson(Buffer.buffer(text(bytes)).toJsonObject(), lines);
    }

    /** Checks what Vert.x does not, and notes lines. */
    private static void scan(JsonParser parser, Map<String, Integer> lines) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new JsonParseException(parser, "must begin with {");
        }
        int depth = 1;
        while (depth > 0) {
            JsonToken token = parser.nextToken();
            if (token == null) {
                throw new JsonParseException(parser, "ends too early");
            }
            if (token.isStructStart() && ++depth > MAX_DEPTH) {
                throw new JsonParseException(parser, "is nested more than " + MAX_DEPTH + " deep");
            }
            depth -= token.isStructEnd() ? 1 : 0;
            if (token == JsonToken.FIELD_NAME) {
                lines.put(
                        path(parser.getParsingContext()),
                        parser.currentTokenLocation().getLineNr());
            }
        }
        if (parser.nextToken() != null) {
            throw new JsonParseException(parser, "goes on behind the closing }");
        }
    }

    private static String path(JsonStreamContext context) {
        Deque<String> parts = new ArrayDeque<>();
        for (JsonStreamContext at = context; !at.inRoot(); at = at.getParent()) {
            parts.addFirst(at.inArray() ? "[" + at.getCurrentIndex() + "]" : "." + at.getCurrentName());
        }
        return String.join("", parts).substring(1);
    }

    /** What a file that is no JSON looks like, with what to do about it. */
    private static String hint(String head) {
        if (head.charAt(0) != '{'
                && head.charAt(0) != '['
                && head.lines().anyMatch(line -> line.matches("\\s*\\w+\\s*=.*"))) {
            return "is not a JSON object but looks like a broker.conf, which goes with -c: ";
        }
        return "is not a JSON object: ";
    }

    /** Jackson's parser above has found these to be well-formed; UTF-8 may have a mark in front, which Vert.x stumbles over. */
    private static byte[] text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.startsWith("\uFEFF") ? text.substring(1).getBytes(StandardCharsets.UTF_8) : bytes;
    }
}
