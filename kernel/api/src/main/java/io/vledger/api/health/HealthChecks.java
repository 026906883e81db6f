package io.vledger.api.health;

/** Where one plugin registers its checks. Safe for use by any thread. */
public interface HealthChecks {
    /** Registers a check; it is removed when the plugin stops. A second check of the same name replaces the first. */
    void register(String name, HealthCheck check);
}
