package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Completion;
import io.vledger.api.group.EntryKind;
import io.vledger.raft.Members;
import io.vledger.raft.Role;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Proposes what a leader proposes by itself: the first entry of its term, and the member list. When leadership
 * ends, waiting proposals and reads are completed. Loop only.
 */
final class TermStart {
    private static final short NOOP_VERSION = 1;

    private final MemberCore core;
    private final Proposals proposals;
    private final Applier applier;
    private final Links links;
    private Role seen = Role.FOLLOWER;

    TermStart(MemberCore core, Proposals proposals, Applier applier, Links links) {
        this.core = core;
        this.proposals = proposals;
        this.applier = applier;
        this.links = links;
    }

    /** Follows the core's role. {@code propose} is a member list to propose, or null. */
    void follow(@Nullable Members propose) {
        Role now = core.raft().role();
        Role before = seen;
        seen = now;
        if (now == Role.LEADER && before != Role.LEADER) {
            proposals.lead();
            if (propose == null) {
                proposals.proposeOwn(EntryKind.NOOP, NOOP_VERSION, Unpooled.EMPTY_BUFFER, Completion.NONE);
            }
        } else if (now != Role.LEADER && before == Role.LEADER) {
            proposals.fail();
            applier.failReads();
            core.meter().commits().forget();
        }
        if (propose != null && now == Role.LEADER) {
            ByteBuf payload = PooledByteBufAllocator.DEFAULT.buffer();
            try {
                memberList(propose).encode(payload);
                proposals.proposeOwn(EntryKind.MEMBERS, MemberList.VERSION, payload, Completion.NONE);
            } finally {
                payload.release();
            }
        }
    }

    private MemberList memberList(Members incarnations) {
        Map<String, MemberList.Entry> list = new LinkedHashMap<>();
        for (String id : core.settings().raft().members()) {
            list.put(
                    id,
                    new MemberList.Entry(
                            incarnations.incarnation(id),
                            core.settings().raftAddresses().getOrDefault(id, ""),
                            clientAddress(id)));
        }
        return new MemberList(list);
    }

    private String clientAddress(String member) {
        if (member.equals(core.settings().node())) {
            return core.settings().clientAddress();
        }
        String announced = links.clientAddress(member);
        MemberList.Entry known = applier.members().members().get(member);
        return announced.isEmpty() && known != null ? known.clientAddress() : announced;
    }
}
