package io.vledger.broker.access;

import io.netty.buffer.ByteBufUtil;
import io.vledger.access.key.AccessKeys;
import io.vledger.access.key.Sealed;
import io.vledger.access.policy.Policies;
import io.vledger.access.signature.SigningKey;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.Refusals;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Users: 3001 to 3005. Loop only. */
final class UserHandler {
    private static final int MAX_BODY_BYTES = 64 << 10;
    private static final int MAX_PASSWORD_BYTES = 1_024;
    private static final String ENABLED = "enable";
    private static final String DISABLED = "disable";
    private static final String SUPER = "Super";
    private static final String NORMAL = "Normal";

    private final String group;
    private final AccessState state;
    private final NodeAccess access;
    private final UserRules users;
    private final AccessProposals proposals;
    private final Refusals refusals;

    UserHandler(
            String group,
            AccessState state,
            NodeAccess access,
            UserRules users,
            AccessProposals proposals,
            Refusals refusals) {
        this.group = group;
        this.state = state;
        this.access = access;
        this.users = users;
        this.proposals = proposals;
        this.refusals = refusals;
    }

    /** 3001. */
    void create(RpcRequest request) {
        refusals.requireLeader();
        AccessKeys keys = access.requireKeys();
        String name = requireName(request);
        UserBody body = UserBody.read(request);
        requireSuper(request, Boolean.TRUE.equals(body.superUser), "The super user can only be create by super user");
        if (body.password.isEmpty()) {
            throw denied("password can not be blank");
        }
        if (state.user(name) != null) {
            throw denied("The user is existed");
        }
        if (state.users().size() >= AccessState.MAX_USERS) {
            throw denied("there are " + AccessState.MAX_USERS + " users, and there can be no more");
        }
        Sealed sealed = keys.seal(body.password, UserRules.owner(group, name));
        User user = new User(name, Boolean.TRUE.equals(body.superUser), !Boolean.FALSE.equals(body.enabled), sealed);
        request.detach();
        proposals.create(user, Policies.NONE, refusal -> {
            User made = state.user(name);
            if (refusal == null && (made == null || !made.password().equals(sealed))) {
                request.reply(ResponseCode.NO_PERMISSION, "The user is existed"); // another tool was faster
            } else {
                refusals.replyOutcome(request, refusal);
            }
        });
    }

    /** 3002. */
    void update(RpcRequest request) {
        refusals.requireLeader();
        AccessKeys keys = access.requireKeys();
        String name = requireName(request);
        UserBody body = UserBody.read(request);
        User before = state.user(name);
        if (before == null) {
            throw denied("The user is not exist");
        }
        boolean concernsSuper = before.superUser() || Boolean.TRUE.equals(body.superUser);
        requireSuper(request, concernsSuper, "The super user can only be update by super user");
        Sealed sealed = body.password.isEmpty() ? null : keys.seal(body.password, UserRules.owner(group, name));
        request.detach();
        proposals.update(
                name,
                new UserChange(body.superUser, body.enabled, sealed),
                refusal -> refusals.replyOutcome(request, refusal));
    }

    /** 3003. */
    void delete(RpcRequest request) {
        refusals.requireLeader();
        access.requireKeys();
        String name = requireName(request);
        User before = state.user(name);
        if (before == null) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        requireSuper(request, before.superUser(), "The super user can only be update by super user");
        request.detach();
        proposals.delete(name, refusal -> refusals.replyOutcome(request, refusal));
    }

    /** 3004. */
    void get(RpcRequest request) {
        access.requireKeys();
        User user = state.user(requireName(request));
        if (user == null) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        JsonWriter json = JsonWriter.create();
        write(json, user);
        request.replyBody(json.toBytes());
    }

    /** 3005. */
    void list(RpcRequest request) {
        access.requireKeys();
        String filter = request.fields().text("filter");
        ListAnswer answer = new ListAnswer("name a part of the users' names (mqadmin listUser -f)");
        for (User user : state.users().values()) {
            if (filter == null || filter.isBlank() || user.name().contains(filter)) {
                answer.add(json -> write(json, user));
            }
        }
        answer.reply(request);
    }

    /** With the password, as RocketMQ does: its tool copies users so. */
    private void write(JsonWriter json, User user) {
        json.beginObject()
                .field("password", users.password(user))
                .field("userStatus", user.enabled() ? ENABLED : DISABLED)
                .field("userType", user.superUser() ? SUPER : NORMAL)
                .field("username", user.name())
                .endObject();
    }

    private static String requireName(RpcRequest request) {
        String name = request.fields().text("username");
        if (name == null || name.isBlank()) {
            throw new RequestException(ResponseCode.INVALID_PARAMETER, "The username is blank");
        }
        if (!User.fits(name) || name.chars().anyMatch(Character::isISOControl)) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "the username must have at most " + User.MAX_NAME_BYTES + " bytes and no control characters");
        }
        return name;
    }

    /** Who signs nothing where no signature is asked for may do everything. */
    private void requireSuper(RpcRequest request, boolean concernsSuper, String refusal) {
        String identity = request instanceof RelayableRequest checked ? checked.identity() : null;
        String signer = identity == null ? request.fields().text(SigningKey.ACCESS_KEY) : identity;
        if (concernsSuper && signer != null && !signer.isEmpty() && !users.isSuper(signer)) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, refusal);
        }
    }

    private static RequestException denied(String why) {
        return new RequestException(ResponseCode.NO_PERMISSION, why);
    }

    /** RocketMQ's {@code UserInfo}. */
    private record UserBody(String password, @Nullable Boolean superUser, @Nullable Boolean enabled) {
        static UserBody read(RpcRequest request) {
            if (request.body().readableBytes() > MAX_BODY_BYTES) {
                throw new RequestException(
                        ResponseCode.INVALID_PARAMETER, "a user of more than " + MAX_BODY_BYTES + " bytes");
            }
            try {
                byte[] bytes = ByteBufUtil.getBytes(request.body());
                Map<?, ?> json = bytes.length == 0 ? Map.of() : Json.readObject(bytes);
                String password = JsonFields.text(json, "password", "");
                if (password.getBytes(StandardCharsets.UTF_8).length > MAX_PASSWORD_BYTES) {
                    throw new RequestException(
                            ResponseCode.INVALID_PARAMETER, "a password of more than " + MAX_PASSWORD_BYTES + " bytes");
                }
                return new UserBody(
                        password.isBlank() ? "" : password,
                        choice(JsonFields.text(json, "userType", ""), SUPER, NORMAL),
                        choice(JsonFields.text(json, "userStatus", ""), ENABLED, DISABLED));
            } catch (JsonException unreadable) {
                throw new RequestException(
                        ResponseCode.INVALID_PARAMETER, "the body is no user: " + unreadable.getMessage());
            }
        }

        private static @Nullable Boolean choice(String text, String yes, String no) {
            return text.equalsIgnoreCase(yes) ? Boolean.TRUE : text.equalsIgnoreCase(no) ? Boolean.FALSE : null;
        }
    }
}
