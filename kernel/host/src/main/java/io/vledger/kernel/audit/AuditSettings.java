package io.vledger.kernel.audit;

import java.nio.file.Path;

/**
 * Where changes of state are recorded.
 *
 * @param file the file that is written; closed ones are numbered behind it
 * @param maxFileBytes above which it is closed and another one begun
 * @param files closed files that are kept
 * @param refusalsPerSecond refused attempts that are recorded each second; more are counted
 */
public record AuditSettings(Path file, long maxFileBytes, int files, int refusalsPerSecond) {}
