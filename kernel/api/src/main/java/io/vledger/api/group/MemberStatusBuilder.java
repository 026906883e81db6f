package io.vledger.api.group;

/** Builds a {@link GroupStatus.Member}. Unset, it is a member of which nothing is known. */
public final class MemberStatusBuilder {
    private final String node;
    private String raftAddress = "";
    private String clientAddress = "";
    private boolean connected;
    private boolean voter;
    private long matchIndex = -1;
    private long lagBytes = -1;
    private String httpAddress = "";
    private boolean inSync;
    private String problem = "";

    MemberStatusBuilder(String node) {
        this.node = node;
    }

    /** Sets {@link GroupStatus.Member#raftAddress}. */
    public MemberStatusBuilder raftAddress(String value) {
        raftAddress = value;
        return this;
    }

    /** Sets {@link GroupStatus.Member#clientAddress}. */
    public MemberStatusBuilder clientAddress(String value) {
        clientAddress = value;
        return this;
    }

    /** Sets {@link GroupStatus.Member#connected}. */
    public MemberStatusBuilder connected(boolean value) {
        connected = value;
        return this;
    }

    /** Sets {@link GroupStatus.Member#voter}. */
    public MemberStatusBuilder voter(boolean value) {
        voter = value;
        return this;
    }

    /** Sets {@link GroupStatus.Member#matchIndex}. */
    public MemberStatusBuilder matchIndex(long value) {
        matchIndex = value;
        return this;
    }

    /** Sets {@link GroupStatus.Member#lagBytes}. */
    public MemberStatusBuilder lagBytes(long value) {
        lagBytes = value;
        return this;
    }

    /** Sets {@link GroupStatus.Member#httpAddress}. */
    public MemberStatusBuilder httpAddress(String value) {
        httpAddress = value;
        return this;
    }

    /** Sets {@link GroupStatus.Member#inSync}. */
    public MemberStatusBuilder inSync(boolean value) {
        inSync = value;
        return this;
    }

    /** Sets {@link GroupStatus.Member#problem}. */
    public MemberStatusBuilder problem(String value) {
        problem = value;
        return this;
    }

    /** The record of what was set. */
    public GroupStatus.Member build() {
        return new GroupStatus.Member(
                node, raftAddress, clientAddress, connected, voter, matchIndex, lagBytes, httpAddress, inSync, problem);
    }
}
