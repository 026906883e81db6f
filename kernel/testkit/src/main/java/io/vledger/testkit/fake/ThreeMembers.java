package io.vledger.testkit.fake;

import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.MemberStatusBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The members of a group in tests: n0, n1 and n2, on ports of loopback where nobody listens. */
public final class ThreeMembers {
    /** Their ids. */
    public static final List<String> NODES = List.of("n0", "n1", "n2");

    private static final String HOST = "127.0.0.1:";

    private ThreeMembers() {}

    /** The address {@code host:port} at which clients reach one of them. */
    public static String clientAddress(String node) {
        return HOST + (10_911 + number(node));
    }

    /** The address {@code host:port} at which the others reach one of them. */
    public static String raftAddress(String node) {
        return HOST + (40_911 + number(node));
    }

    /** The address {@code host:port} of its HTTP endpoint. */
    public static String httpAddress(String node) {
        return HOST + (20_911 + number(node));
    }

    private static int number(String node) {
        return Integer.parseInt(node.substring(1));
    }

    /** The address of each for the others, by id: {@code groups[].peers} of a configuration. */
    public static Map<String, String> peers() {
        Map<String, String> peers = new TreeMap<>();
        NODES.forEach(node -> peers.put(node, raftAddress(node)));
        return peers;
    }

    /** One that is connected and votes, to be changed. */
    public static MemberStatusBuilder member(String node) {
        return GroupStatus.Member.builder(node)
                .raftAddress(raftAddress(node))
                .clientAddress(clientAddress(node))
                .connected(true)
                .voter(true);
    }

    /** All of them, connected and voting. */
    public static List<GroupStatus.Member> all() {
        return NODES.stream().map(node -> member(node).build()).toList();
    }
}
