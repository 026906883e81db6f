package io.vledger.access.policy;

import io.vledger.access.rights.Action;
import io.vledger.access.rights.ResourceKind;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A user as RocketMQ 5 keeps it ({@code LocalAuthenticationMetadataProvider}, {@code LocalAuthorizationMetadataProvider}): JSON in
 * which types, actions and decisions are numbers.
 *
 * @param name of the user
 * @param password in the clear
 * @param superUser whether everything is allowed
 * @param enabled whether anything is
 * @param policies what is allowed
 */
public record OldUser(String name, String password, boolean superUser, boolean enabled, Policies policies) {
    private static final int SUPER = 1;
    private static final int DISABLED = 2;
    private static final int ALLOW = 1;
    private static final int DENY = 2;
    private static final int DEFAULT_POLICY = 2;
    private static final int ANY_NAME = 1;
    private static final int LITERAL = 2;
    private static final int PREFIXED = 3;

    /**
     * Reads a user without policies.
     *
     * @throws JsonException if it is none
     */
    public static OldUser read(byte[] json) {
        Map<?, ?> user = Json.readObject(json);
        String name = JsonFields.text(user, "username", "");
        String password = JsonFields.text(user, "password", "");
        if (name.isEmpty() || password.isEmpty()) {
            throw new JsonException("a user without name or password");
        }
        return new OldUser(
                name,
                password,
                JsonFields.number(user, "userType", 0) == SUPER,
                JsonFields.number(user, "userStatus", 0) != DISABLED,
                Policies.NONE);
    }

    /** The same user with policies. */
    public OldUser with(Policies allowed) {
        return new OldUser(name, password, superUser, enabled, allowed);
    }

    /**
     * Reads the policies of a user.
     *
     * @throws JsonException if they are none, or have what this version does not know: left out it might allow more
     */
    public static Policies policies(byte[] json) {
        List<PolicyEntry> custom = new ArrayList<>();
        List<PolicyEntry> defaults = new ArrayList<>();
        for (Object element : JsonFields.array(Json.readObject(json), "policies")) {
            Map<?, ?> policy = JsonFields.asObject(element);
            boolean isDefault = JsonFields.number(policy, "policyType", 0) == DEFAULT_POLICY;
            for (Object entry : JsonFields.array(policy, "entries")) {
                (isDefault ? defaults : custom).add(entry(JsonFields.asObject(entry)));
            }
        }
        Policies policies = new Policies(custom, defaults);
        try {
            PolicyJson.check(policies);
        } catch (IllegalArgumentException tooMuch) {
            throw new JsonException(String.valueOf(tooMuch.getMessage()));
        }
        return policies;
    }

    private static PolicyEntry entry(Map<?, ?> json) {
        List<Action> actions = new ArrayList<>();
        for (Object code : JsonFields.array(json, "actions")) {
            actions.add(action(code));
        }
        int decision = JsonFields.number(json, "decision", 0);
        if (actions.isEmpty() || (decision != ALLOW && decision != DENY)) {
            throw new JsonException("an entry of a policy without actions, or with the decision " + decision);
        }
        List<SourceRange> sources = new ArrayList<>();
        for (Object text : JsonFields.array(JsonFields.object(json, "environment"), "sourceIps")) {
            SourceRange source = SourceRange.parse(String.valueOf(text));
            if (source == null) {
                throw new JsonException("the source ip " + text);
            }
            sources.add(source);
        }
        return new PolicyEntry(resource(JsonFields.object(json, "resource")), actions, sources, decision == ALLOW);
    }

    /** RocketMQ counts from 1, in the order of ours. */
    private static Action action(@Nullable Object code) {
        Action[] known = Action.values();
        if (code instanceof Number number && number.intValue() > 0 && number.intValue() <= known.length) {
            return known[number.intValue() - 1];
        }
        throw new JsonException("the action " + code);
    }

    private static Resource resource(Map<?, ?> json) {
        ResourceKind[] known = ResourceKind.values();
        int kind = JsonFields.number(json, "resourceType", 0);
        int pattern = JsonFields.number(json, "resourcePattern", 0);
        String name = JsonFields.text(json, "resourceName", "");
        if (kind < 1 || kind > known.length) {
            throw new JsonException("a resource of type " + kind);
        }
        return new Resource(
                known[kind - 1],
                switch (pattern) {
                    case ANY_NAME -> Resource.Pattern.ANY;
                    case LITERAL -> Resource.Pattern.LITERAL;
                    case PREFIXED -> Resource.Pattern.PREFIXED;
                    default -> throw new JsonException("a resource with the pattern " + pattern);
                },
                pattern == ANY_NAME ? "" : name);
    }
}
