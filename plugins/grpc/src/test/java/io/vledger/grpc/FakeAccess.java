package io.vledger.grpc;

import io.vledger.api.rpc.CallAccess;
import io.vledger.api.rpc.CallSignature;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lets in who shows one signature, for everything but what is called {@code secret}. Answers on another thread. */
final class FakeAccess implements CallAccess {
    /** Looks at nothing. */
    static final CallAccess OPEN = new CallAccess() {
        @Override
        public boolean checks() {
            return false;
        }

        @Override
        public void check(Call call, Consumer<@Nullable Verdict> answer) {
            throw new AssertionError("not to be asked");
        }
    };

    private final CallSignature known;
    private final List<Wanted> wanted = new CopyOnWriteArrayList<>();
    private volatile boolean silent;

    FakeAccess(CallSignature known) {
        this.known = known;
    }

    /** What the last call needed. */
    List<Wanted> wanted() {
        return wanted;
    }

    /** Cannot tell from now on. */
    void knowsNothing() {
        silent = true;
    }

    @Override
    public boolean checks() {
        return true;
    }

    @Override
    public void check(Call call, Consumer<@Nullable Verdict> answer) {
        wanted.clear();
        wanted.addAll(call.wanted());
        Thread elsewhere = new Thread(() -> answer.accept(silent ? null : verdict(call)));
        elsewhere.start();
    }

    private Verdict verdict(Call call) {
        if (!known.equals(call.signature())) {
            return new Verdict("", call.signature() == null ? "username cannot be null." : "check signature failed.");
        }
        boolean denied = call.wanted().stream().anyMatch(right -> right.name().equals("secret"));
        return new Verdict(known.user(), denied ? "no matched policies." : null);
    }
}
