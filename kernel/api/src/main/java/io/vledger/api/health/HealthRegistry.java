package io.vledger.api.health;

import java.util.Map;

/** All checks of the process; a service of the kernel for the HTTP plugin. */
public interface HealthRegistry {
    /** Runs every check; keys are {@code plugin/check}. A check that throws is reported as not live, with its message. */
    Map<String, Health> checkAll();

    /** What is deployed now, by name (RPC, Raft election, storage, …): a one-word state such as {@code ACTIVE} or {@code FAILED}, in
     * start order. */
    Map<String, String> plugins();
}
