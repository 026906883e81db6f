package io.vledger.http;

/** A request that cannot be served, with the answer that says why. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Response answer;

    ApiException(Response answer) {
        super("HTTP " + answer.status(), null, false, false);
        this.answer = answer;
    }

    ApiException(int status, String error, String hint) {
        this(Response.error(status, error, hint));
    }

    Response answer() {
        return answer;
    }
}
