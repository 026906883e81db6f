package io.vledger.api.health;

/** One check. Called from any thread, often, and must not block: it reports what is known already. */
@FunctionalInterface
public interface HealthCheck {
    /** The state now. */
    Health check();
}
