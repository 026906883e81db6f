package io.vledger.http;

import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The OpenAPI document as something that answers are held against. */
final class ApiDescription {
    private final JsonObject document;

    ApiDescription(JsonObject document) {
        this.document = document;
    }

    static ApiDescription ofTheJar() throws IOException {
        try (InputStream in = HttpPlugin.class.getResourceAsStream("openapi.json")) {
            return new ApiDescription(new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        }
    }

    JsonObject document() {
        return document;
    }

    /** Every operation, as {@code GET /path}. */
    Set<String> operations() {
        Set<String> all = new TreeSet<>();
        JsonObject paths = document.getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            for (String method : paths.getJsonObject(path).fieldNames()) {
                if (!method.equals("parameters")) {
                    all.add(method.toUpperCase(Locale.ROOT) + " " + path);
                }
            }
        }
        return all;
    }

    /** What is wrong with an answer to an operation; empty if it is as described. */
    String fault(String method, String template, HttpResponse<String> answer) {
        JsonObject response = document.getJsonObject("paths")
                .getJsonObject(template)
                .getJsonObject(method.toLowerCase(Locale.ROOT))
                .getJsonObject("responses")
                .getJsonObject(String.valueOf(answer.statusCode()));
        if (response == null) {
            return method + " " + template + ": status " + answer.statusCode() + " is not described: " + answer.body();
        }
        String type = answer.headers().firstValue("Content-Type").orElse("none").split(";")[0];
        JsonObject content = response.getJsonObject("content").getJsonObject(type);
        if (content == null) {
            return method + " " + template + ": content type " + type + " is not described";
        }
        return type.equals("application/json")
                ? fault(content.getJsonObject("schema"), new JsonObject(answer.body()))
                : "";
    }

    /** What is wrong with a body by the schema of a name; empty if nothing is. */
    String fault(String schemaName, JsonObject body) {
        return fault(new JsonObject().put("$ref", "#/components/schemas/" + schemaName), body);
    }

    private String fault(JsonObject schema, JsonObject body) {
        JsonObject whole = new JsonObject()
                .put("$schema", "https://json-schema.org/draft/2020-12/schema")
                .put("$defs", document.getJsonObject("components").getJsonObject("schemas"))
                .mergeIn(schema);
        JsonSchema compiled =
                JsonSchema.of(new JsonObject(whole.encode().replace("#/components/schemas/", "#/$defs/")));
        @Nullable
        OutputUnit result = Validator.create(
                        compiled,
                        new JsonSchemaOptions()
                                .setBaseUri("https://vledger.invalid/")
                                .setDraft(Draft.DRAFT202012)
                                .setOutputFormat(OutputFormat.Basic))
                .validate(body);
        return Boolean.TRUE.equals(result.getValid()) ? "" : result.toJson().encodePrettily() + "\nof\n" + body;
    }
}
