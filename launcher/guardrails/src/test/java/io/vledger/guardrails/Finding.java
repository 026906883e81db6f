package io.vledger.guardrails;

/** One place that breaks a rule. */
record Finding(String path, long line, String what) {
    @Override
    public String toString() {
        return path + ":" + line + ": " + what;
    }
}
