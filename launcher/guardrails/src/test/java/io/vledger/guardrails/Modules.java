package io.vledger.guardrails;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which module may use which: the picture of the house as a table. */
final class Modules {
    private static final Set<String> API = Set.of("kernel/api");

    /** Each module with those that its classes may use; never more than its pom says, often less. */
    static final Map<String, Set<String>> ARROWS = arrows();

    private Modules() {}

    private static Map<String, Set<String>> arrows() {
        Map<String, Set<String>> arrows = new TreeMap<>();
        arrows.put("kernel/api", Set.of());
        arrows.put("kernel/testkit", API);
        arrows.put("kernel/host", API);
        arrows.put("raft-verticle/core", Set.of());
        arrows.put("raft-verticle/driver", with(API, "raft-verticle/core"));
        arrows.put("kernel/store-common", API);
        arrows.put("store-mmap", with(API, "kernel/store-common"));
        arrows.put("store-rocksdb", with(API, "kernel/store-common"));
        arrows.put("plugins/protocol", API);
        arrows.put("plugins/remoting", with(API, "plugins/protocol"));
        arrows.put("plugins/nameservice", with(API, "plugins/protocol"));
        arrows.put("plugins/access", with(API, "plugins/protocol"));
        arrows.put("plugins/broker", with(API, "plugins/protocol", "plugins/access"));
        arrows.put("plugins/importer", with(API, "plugins/protocol"));
        arrows.put("plugins/audit", API);
        arrows.put("plugins/http", with(API, "plugins/protocol"));
        arrows.put("plugins/hazelcast", API);
        arrows.put("plugins/grpc", with(API, "plugins/protocol"));
        // The simulator runs the real thing.
        arrows.put(
                "raft-verticle/sim",
                with(
                        API,
                        "kernel/testkit",
                        "raft-verticle/core",
                        "raft-verticle/driver",
                        "store-mmap",
                        "plugins/broker",
                        "plugins/access",
                        "plugins/protocol"));
        // The importer is also a library of the launcher, for upgrade-check.
        arrows.put("launcher", with(API, "kernel/host", "plugins/importer", "plugins/protocol"));
        return arrows;
    }

    private static Set<String> with(Set<String> some, String... more) {
        Set<String> all = new TreeSet<>(some);
        all.addAll(List.of(more));
        return all;
    }
}
