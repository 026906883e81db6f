package io.vledger.api.audit;

/** Records changes of state, and attempts that were refused. A service of the kernel under {@code ""}. Safe for use by any thread. */
@FunctionalInterface
public interface AuditLog {
    /** Records nothing. */
    AuditLog NONE = event -> {};

    /** Records an event; returns at once. What is refused is bounded in rate: what is above it is counted, and named in one line. */
    void record(AuditEvent event);
}
