package io.vledger.guardrails;

import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.TryTree;
import com.sun.source.util.TreeScanner;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Calls that nobody makes, as calls and as method references, in tests too. */
final class CallRules {
    /** Where a thread may stand still, and why. */
    private static final Map<String, String> MAY_SLEEP = Map.of(
            "kernel/testkit/src/main/java/io/vledger/testkit/Eventually.java",
            "the one place in which a test waits",
            "launcher/acceptance/src/test/java/io/vledger/acceptance/fixture/Await.java",
            "the same for other processes, without the test kit on its class path",
            "raft-verticle/driver/src/main/java/io/vledger/raft/driver/verticle/LaneThread.java",
            "a log thread that has nothing to do until it is unparked",
            "launcher/src/main/java/io/vledger/launcher/StatusCommand.java",
            "status --watch shows a picture every few seconds",
            "launcher/acceptance/driver/",
            "programs of their own that send at a given pace, without any class of ours");

    private static final Pattern SLEEP =
            Pattern.compile("(Thread|TimeUnit\\.[A-Z]+|LockSupport)\\.(sleep|parkNanos|parkUntil)");
    private static final Set<String> TEXT_TESTS =
            Set.of("contains", "startsWith", "endsWith", "matches", "indexOf", "equals", "equalsIgnoreCase");
    private static final Pattern MESSAGE =
            Pattern.compile(".*\\b(getMessage|getLocalizedMessage|getResponseBody|getRemark)\\(\\)\\)*");

    /** All that is done with a port while it is open is to note which one it is. */
    private static final Pattern GIVEN_BACK =
            Pattern.compile("\\{\\s*(return |\\w+ = )[^()]*\\.getLocalPort\\(\\);\\s*\\}");

    private CallRules() {}

    static void sleeping(SourceFile file, List<Finding> found) {
        if (MAY_SLEEP.keySet().stream().anyMatch(file.path()::startsWith)) {
            return;
        }
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitMemberSelect(MemberSelectTree select, Void unused) {
                if (SLEEP.matcher(withoutPackage(select.toString())).matches()) {
                    found.add(file.finding(select, select + ": wait for the event, or with Eventually"));
                }
                return super.visitMemberSelect(select, null);
            }

            @Override
            public Void visitMemberReference(MemberReferenceTree reference, Void unused) {
                String called = reference.getQualifierExpression() + "." + reference.getName();
                if (SLEEP.matcher(withoutPackage(called)).matches()) {
                    found.add(file.finding(reference, reference + ": wait for the event, or with Eventually"));
                }
                return super.visitMemberReference(reference, null);
            }
        }.scan(file.tree(), null);
    }

    private static String withoutPackage(String called) {
        return called.replaceFirst("^java\\.(lang|util\\.concurrent(\\.locks)?)\\.", "");
    }

    /** A port that was the system's choice and is closed again may be somebody else's before it is used. */
    static void racedPorts(SourceFile file, List<Finding> found) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitTry(TryTree tried, Void unused) {
                if (tried.getResources().toString().contains("ServerSocket(0")
                        && GIVEN_BACK.matcher(tried.getBlock().toString()).matches()) {
                    found.add(file.finding(tried, "a port is closed before it is used: FreePorts keeps one"));
                }
                return super.visitTry(tried, null);
            }
        }.scan(file.tree(), null);
    }

    /**
     * A message is for people. Code that asks what is in it breaks when somebody improves the sentence; a test says what
     * people read with {@code hasMessageContaining}.
     */
    static void messageText(SourceFile file, List<Finding> found) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitMethodInvocation(MethodInvocationTree call, Void unused) {
                ExpressionTree called = call.getMethodSelect();
                if (called instanceof MemberSelectTree select
                        && TEXT_TESTS.contains(select.getIdentifier().toString())
                        && !select.getExpression().toString().startsWith("assertThat")
                        && MESSAGE.matcher(select.getExpression().toString()).matches()) {
                    found.add(file.finding(call, call + ": decide by a type or a code"));
                }
                return super.visitMethodInvocation(call, null);
            }
        }.scan(file.tree(), null);
    }
}
