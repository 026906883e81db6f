package io.vledger.http;

/** A request that cannot be served, with the answer that says why. */
final class RequestFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Answer answer;

    RequestFault(Answer answer) {
        super("HTTP " + answer.status(), null, false, false);
        this.answer = answer;
    }

    RequestFault(int status, String error, String hint) {
        this(Answer.error(status, error, hint));
    }

    Answer answer() {
        return answer;
    }
}
