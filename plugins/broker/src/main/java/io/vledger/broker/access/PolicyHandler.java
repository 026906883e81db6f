package io.vledger.broker.access;

import io.netty.buffer.ByteBufUtil;
import io.vledger.access.policy.Policies;
import io.vledger.access.policy.PolicyJson;
import io.vledger.access.policy.PolicyType;
import io.vledger.access.policy.Resource;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.Refusals;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonWriter;
import java.util.Map;

/** What users may do: 3006 to 3010. Loop only. */
final class PolicyHandler {
    private static final int MAX_BODY_BYTES = 512 << 10;
    private static final String USER = "User:";

    private final AccessState state;
    private final NodeAccess access;
    private final AccessProposals proposals;
    private final Refusals refusals;

    PolicyHandler(AccessState state, NodeAccess access, AccessProposals proposals, Refusals refusals) {
        this.state = state;
        this.access = access;
        this.proposals = proposals;
        this.refusals = refusals;
    }

    /** 3006, and 3007, which is the same. */
    void put(RpcRequest request) {
        refusals.requireLeader();
        access.requireKeys();
        String user = user(request);
        Policies policies = read(request);
        if (state.user(user) == null) {
            throw denied("The subject of " + USER + user + " is not exist.");
        }
        Policies before = state.policies(user);
        Policies all = before == null ? policies : before.with(policies);
        if (all.size() > Policies.MAX_ENTRIES) {
            throw denied("a user can have " + Policies.MAX_ENTRIES + " entries of policies, and no more");
        }
        request.detach();
        proposals.put(user, policies, refusal -> {
            Policies now = state.policies(user);
            if (refusal == null && (now == null || !now.containsAll(policies))) {
                request.reply(
                        ResponseCode.NO_PERMISSION,
                        "another request has deleted User:" + user + ", or has changed its policies, at the same time");
            } else {
                refusals.replyOutcome(request, refusal);
            }
        });
    }

    private static Policies read(RpcRequest request) {
        if (request.body().readableBytes() > MAX_BODY_BYTES) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER, "policies of more than " + MAX_BODY_BYTES + " bytes");
        }
        try {
            Policies policies = PolicyJson.read(ByteBufUtil.getBytes(request.body()));
            if (policies.isEmpty()) {
                throw denied("The body of acl is null");
            }
            return policies;
        } catch (JsonException unreadable) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER, "the body is no policies: " + unreadable.getMessage());
        } catch (IllegalArgumentException wrong) {
            throw denied(String.valueOf(wrong.getMessage()));
        }
    }

    /** 3008. */
    void delete(RpcRequest request) {
        refusals.requireLeader();
        access.requireKeys();
        String user = user(request);
        if (state.user(user) == null) {
            throw denied("The subject is not exist.");
        }
        if (state.policies(user) == null) {
            throw denied("The acl is not exist.");
        }
        PolicyType type = PolicyType.named(request.fields().text("policyType"));
        Resource resource = Resource.parse(request.fields().text("resource"));
        request.detach();
        proposals.delete(
                user,
                type == null ? PolicyType.CUSTOM : type,
                resource,
                refusal -> refusals.replyOutcome(request, refusal));
    }

    /** 3009. */
    void get(RpcRequest request) {
        access.requireKeys();
        String user = user(request);
        if (state.user(user) == null) {
            throw denied("The subject is not exist.");
        }
        Policies policies = state.policies(user);
        if (policies == null) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        JsonWriter json = JsonWriter.create();
        PolicyJson.write(json, USER + user, policies);
        request.replyBody(json.toBytes());
    }

    /** 3010. */
    void list(RpcRequest request) {
        access.requireKeys();
        String subjects = text(request, "subjectFilter");
        String resources = text(request, "resourceFilter");
        ListAnswer answer =
                new ListAnswer("name a part of the subjects or of the resources (mqadmin listAcl -s or -r)");
        for (Map.Entry<String, Policies> each : state.policies().entrySet()) {
            String subject = USER + each.getKey();
            Policies shown = resources.isBlank() || subject.contains(resources)
                    ? each.getValue()
                    : each.getValue().about(resources);
            if ((subjects.isBlank() || subject.contains(subjects)) && !shown.isEmpty()) {
                answer.add(json -> PolicyJson.write(json, subject, shown));
            }
        }
        answer.reply(request);
    }

    private static String user(RpcRequest request) {
        String subject = text(request, "subject");
        if (!subject.regionMatches(true, 0, USER, 0, USER.length()) || subject.length() == USER.length()) {
            throw denied("The subject must be User:name");
        }
        return subject.substring(USER.length());
    }

    private static String text(RpcRequest request, String field) {
        String text = request.fields().text(field);
        return text == null ? "" : text;
    }

    private static RequestException denied(String why) {
        return new RequestException(ResponseCode.NO_PERMISSION, why);
    }
}
