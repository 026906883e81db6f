package io.vledger.raft.driver;

/** Marks that stand unless the test says that the directory is a copy. */
final class FakeIdentity implements StartIdentity {
    boolean copied;
    private long incarnation = 10;
    private long run = 1;

    @Override
    public long newIncarnation() {
        return ++incarnation;
    }

    @Override
    public long newRun() {
        return ++run;
    }

    @Override
    public boolean isOriginal(String mark) {
        return !copied;
    }

    @Override
    public String leaveMark(String before, long newRun) {
        return "mark-" + newRun;
    }
}
