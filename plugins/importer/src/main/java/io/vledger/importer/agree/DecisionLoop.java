package io.vledger.importer.agree;

import io.vledger.importer.agree.Decision.Difference;
import io.vledger.importer.agree.Decision.FileComparison;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Decides for a group: lets {@link Agreement} decide, compares the files that it asks for, and lets it decide again. A node before its
 * first start and the check before an upgrade both decide here. Blocks; one thread.
 */
final class DecisionLoop {
    private final PeerQueries queries;
    private final Map<FileComparison, Difference> differences = new HashMap<>();

    /** Two copies of a file could not be compared; can be tried again. */
    static final class ComparisonFailed extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient FileComparison comparison;

        ComparisonFailed(FileComparison comparison, IOException cause) {
            super(cause.getMessage(), cause);
            this.comparison = comparison;
        }

        /** What was to be compared. */
        FileComparison comparison() {
            return comparison;
        }
    }

    DecisionLoop(PeerQueries queries) {
        this.queries = queries;
    }

    /**
     * Decides; never asks for a comparison.
     *
     * @param members as {@link Agreement#decide} takes them
     * @param progress receives each comparison before it is made
     * @throws ComparisonFailed if a member that is asked cannot answer
     */
    Decision decide(List<MemberFacts> members, Consumer<FileComparison> progress) throws ComparisonFailed {
        while (true) {
            Decision decision = Agreement.decide(members, differences);
            if (!(decision instanceof Decision.NeedComparison need)) {
                return decision;
            }
            for (FileComparison comparison : need.at()) {
                progress.accept(comparison);
                try {
                    differences.put(comparison, queries.compare(comparison));
                } catch (IOException e) {
                    throw new ComparisonFailed(comparison, e);
                }
            }
        }
    }
}
