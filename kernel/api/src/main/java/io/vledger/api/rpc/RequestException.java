package io.vledger.api.rpc;

/** A request cannot be served; carries the response code and a remark for the client. Has no stack trace: it is an answer. */
public final class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;

    /** A refusal with a response code and a remark that says what is wrong and how to fix it. */
    public RequestException(int code, String remark) {
        super(remark, null, false, false);
        this.code = code;
    }

    /** The response code. */
    public int code() {
        return code;
    }
}
