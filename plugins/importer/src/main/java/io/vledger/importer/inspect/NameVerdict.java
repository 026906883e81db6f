package io.vledger.importer.inspect;

/** What the configuration files of an old broker, or of all members of its group, say about a topic or a consumer group. */
public enum NameVerdict {
    /** The file that was changed last has it, or no file tells when it was changed. */
    EXISTS,
    /** The file that was changed last does not have it, and would if it existed. */
    DELETED,
    /** The file that was changed last does not have it, and may be that of a slave that never knew it. */
    UNCERTAIN
}
