package io.vledger.grpc.call;

import apache.rocketmq.v2.Code;

/** A call cannot be served; carries the status. Has no stack trace: it is an answer. */
public final class StatusException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;

    /** A refusal with a code and words that say what is wrong. */
    public StatusException(Code code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** The code of the status. */
    public Code code() {
        return code;
    }
}
