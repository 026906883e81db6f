package io.vledger.importer.agree;

import io.vledger.importer.format.Framing;
import io.vledger.importer.inspect.Finding;
import io.vledger.importer.inspect.TailDamage;
import io.vledger.importer.manifest.PeerConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one member reports to the others before a group's first start. It comes from another machine: lengths and positions are checked
 * where they are used, and a path is never among it.
 *
 * @param node its node id
 * @param state what it is about
 * @param identity of the manifest that it runs on; empty if it runs without one or does not run
 * @param preferences what its configuration asks for
 * @param origin what its old broker left
 * @param findings what forbids taking its data over, what is damaged, and what a person should know
 */
record MemberFacts(
        String node, State state, String identity, Preferences preferences, Origin origin, List<Finding> findings) {
    MemberFacts {
        findings = List.copyOf(findings);
    }

    /** What a member is about. */
    enum State {
        /** It reads what it has. */
        BUSY,
        /** It has nothing, old or new. */
        EMPTY,
        /** It has an old broker's data. */
        OLD,
        /** It runs the group, or is about to. */
        RUNNING
    }

    /**
     * What an old broker left.
     *
     * @param master whether it was a master
     * @param log its log
     * @param index RocketMQ's index files, oldest first
     * @param configuration text of its configuration files by name
     */
    record Origin(boolean master, MemberLog log, List<IndexFile> index, Map<String, String> configuration) {
        Origin {
            index = List.copyOf(index);
            configuration = Map.copyOf(configuration);
        }

        /** Nothing, or nothing that counts any more, but for the index files. */
        static Origin without(boolean master, List<IndexFile> index) {
            return new Origin(master, MemberLog.NONE, index, Map.of());
        }
    }

    boolean master() {
        return origin.master;
    }

    MemberLog log() {
        return origin.log;
    }

    List<IndexFile> index() {
        return origin.index;
    }

    /**
     * What a member's configuration asks for.
     *
     * @param source node id of the member whose data counts; empty if none is named
     * @param dryRun whether to compare without starting
     * @param segmentBytes size of a segment of the group's own log
     * @param acceptDamage position at which this member's log may end although it is damaged or cut short there; -1 if none
     */
    record Preferences(String source, boolean dryRun, long segmentBytes, long acceptDamage) {}

    /** This member's configuration, for the member whose data all take. */
    PeerConfig comparedWith(List<LogFile> sourceLog) {
        return new PeerConfig(origin.configuration, origin.log.endsAs(sourceLog), origin.log.reach());
    }

    /**
     * A member's old log; DLedger's files follow the classic ones where there are both.
     *
     * @param kind what sort of store it is, a name of {@code Survey.Kind}
     * @param files by position; behind damage as far as messages go
     * @param end position behind the last message, or where the damage is
     * @param broken why its end cannot be trusted; null if it is
     * @param lastTerm DLedger's last term; -1 without DLedger
     * @param committedIndex a DLedger index that this member knew to be committed; -1 if unknown
     * @param committedEnd position up to which DLedger showed this member's log to consumers, so that it was committed; 0 if unknown
     */
    record MemberLog(
            String kind,
            List<LogFile> files,
            long end,
            @Nullable TailDamage broken,
            long lastTerm,
            long committedIndex,
            long committedEnd) {
        /** No log. */
        static final MemberLog NONE = new MemberLog("EMPTY", List.of(), 0, null, -1, -1, 0);

        MemberLog {
            files = List.copyOf(files);
        }

        boolean dledger() {
            return kind.startsWith("DLEDGER");
        }

        long begin() {
            return files.isEmpty() ? end : files.get(0).position();
        }

        /** Position behind the last message that there is, behind damage as well. */
        long reach() {
            return broken == null ? end : broken.reach();
        }

        /** Digest of a file up to a length, from when it was read; null if that is not known. */
        @Nullable
        String digest(long position, long counted) {
            return files.stream()
                    .filter(file -> file.position == position && file.counted == counted)
                    .map(LogFile::digest)
                    .findFirst()
                    .orElse(null);
        }

        /** Whether it is whole and ends with the same bytes as a log with these files. */
        boolean endsAs(List<LogFile> others) {
            LogFile last = files.isEmpty() ? null : files.get(files.size() - 1);
            LogFile other = others.isEmpty() ? null : others.get(others.size() - 1);
            return broken == null
                    && last != null
                    && other != null
                    && last.position == other.position
                    && last.counted == other.counted
                    && last.digest.equals(other.digest);
        }
    }

    /**
     * One file of the log.
     *
     * @param position position of its first byte
     * @param length its length
     * @param framing how messages lie in it
     * @param counted bytes of it that lie before the log's end
     * @param digest of these; see {@code Digest}
     */
    record LogFile(long position, long length, Framing framing, long counted, String digest) {}

    /** One of RocketMQ's index files. */
    record IndexFile(String name, long length) {}

    /** A member that says no more than its state. */
    static MemberFacts of(String node, State state, String identity, Preferences preferences) {
        return new MemberFacts(node, state, identity, preferences, Origin.without(false, List.of()), List.of());
    }

    MemberFacts running(String manifest, List<IndexFile> files) {
        return new MemberFacts(node, State.RUNNING, manifest, preferences, Origin.without(master(), files), List.of());
    }

    /** What forbids taking its data over. */
    List<Finding> refusals() {
        return findings.stream().filter(Finding::refuses).toList();
    }
}
