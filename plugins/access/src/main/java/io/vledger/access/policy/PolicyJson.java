package io.vledger.access.policy;

import io.vledger.access.rights.Action;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Policies as RocketMQ's {@code AclInfo}. */
public final class PolicyJson {
    private static final int MAX_RESOURCE_CHARACTERS = 512;
    private static final int MAX_SOURCES = 64;

    private PolicyJson() {}

    /**
     * Reads policies.
     *
     * @throws IllegalArgumentException with RocketMQ's words for what is wrong with them
     * @throws io.vledger.protocol.json.JsonException if it is no JSON
     */
    public static Policies read(byte[] utf8) {
        Map<?, ?> json = utf8.length == 0 ? Map.of() : Json.readObject(utf8);
        List<PolicyEntry> custom = new ArrayList<>();
        List<PolicyEntry> defaults = new ArrayList<>();
        for (Object element : JsonFields.array(json, "policies")) {
            Map<?, ?> policy = JsonFields.asObject(element);
            PolicyType type = PolicyType.named(JsonFields.text(policy, "policyType"));
            for (Object entry : JsonFields.array(policy, "entries")) {
                (type == PolicyType.DEFAULT ? defaults : custom).add(entry(JsonFields.asObject(entry)));
            }
        }
        Policies policies = new Policies(custom, defaults);
        check(policies);
        return policies;
    }

    /**
     * Checks that policies keep the bounds that {@link #read} sets.
     *
     * @throws IllegalArgumentException naming the bound that policies exceed
     */
    public static void check(Policies policies) {
        if (policies.size() > Policies.MAX_ENTRIES) {
            throw new IllegalArgumentException("more than " + Policies.MAX_ENTRIES + " entries of policies");
        }
        for (PolicyType type : PolicyType.values()) {
            policies.of(type).forEach(PolicyJson::check);
        }
    }

    private static void check(PolicyEntry entry) {
        if (entry.resource().name().length() > MAX_RESOURCE_CHARACTERS) {
            throw new IllegalArgumentException("a resource of more than " + MAX_RESOURCE_CHARACTERS + " characters");
        }
        if (entry.sources().size() > MAX_SOURCES) {
            throw new IllegalArgumentException("more than " + MAX_SOURCES + " source ips");
        }
    }

    private static PolicyEntry entry(Map<?, ?> json) {
        Resource resource = Resource.parse(JsonFields.text(json, "resource"));
        if (resource == null) {
            throw new IllegalArgumentException("The resource is null.");
        }
        List<Action> actions = new ArrayList<>();
        for (Object label : JsonFields.array(json, "actions")) {
            Action action = label == null ? null : Action.named(label.toString().strip());
            if (action != null && !actions.contains(action)) {
                actions.add(action);
            }
        }
        if (actions.isEmpty()) {
            throw new IllegalArgumentException("The actions is empty.");
        }
        if (actions.contains(Action.ANY)) {
            throw new IllegalArgumentException("The actions can not be Any.");
        }
        String decision = JsonFields.text(json, "decision", "");
        boolean allow = decision.equalsIgnoreCase("Allow");
        if (!allow && !decision.equalsIgnoreCase("Deny")) {
            throw new IllegalArgumentException("The decision is null or illegal.");
        }
        return new PolicyEntry(resource, actions, sources(JsonFields.array(json, "sourceIps")), allow);
    }

    private static List<SourceRange> sources(List<@Nullable Object> texts) {
        List<SourceRange> sources = new ArrayList<>();
        for (Object text : texts) {
            if (text == null || text.toString().isBlank()) {
                throw new IllegalArgumentException("The source ip is empty.");
            }
            SourceRange source = SourceRange.parse(text.toString());
            if (source == null) {
                throw new IllegalArgumentException("The source ip is invalid.");
            }
            sources.add(source);
        }
        return sources;
    }

    /** Writes policies as an object. */
    public static void write(JsonWriter json, String subject, Policies policies) {
        json.beginObject().key("policies").beginArray();
        for (PolicyType type : PolicyType.values()) {
            List<PolicyEntry> entries = policies.of(type);
            if (!entries.isEmpty()) {
                json.beginObject().key("entries").beginArray();
                entries.forEach(entry -> write(json, entry));
                json.endArray().field("policyType", type.label()).endObject();
            }
        }
        json.endArray().field("subject", subject).endObject();
    }

    private static void write(JsonWriter json, PolicyEntry entry) {
        json.beginObject().key("actions").beginArray();
        entry.actions().forEach(action -> json.value(action.label()));
        json.endArray().field("decision", entry.allow() ? "Allow" : "Deny");
        json.field("resource", entry.resource().toString());
        if (!entry.sources().isEmpty()) {
            json.key("sourceIps").beginArray();
            entry.sources().forEach(source -> json.value(source.toString()));
            json.endArray();
        }
        json.endObject();
    }
}
