package io.vledger.api.rpc;

/**
 * How a client of another protocol than remoting says who it is: it signs a text that it chose, such as the time, and not its request.
 * What speaks for such clients inside this process sends it with their requests, in these header fields. A broker takes it only over a
 * connection that {@linkplain RpcConnection#inProcess() stays in the process}, and from another member that relays such a request.
 *
 * @param user who the client says that it is
 * @param content what it signed
 * @param signature Base64 of the HMAC-SHA1 of the content's UTF-8 bytes with the user's secret; empty if it sent none
 */
public record CallSignature(String user, String content, String signature) {
    /** Field with the user's name. */
    public static final String USER = "AccessKey";
    /** Field with the signature. */
    public static final String SIGNATURE = "Signature";
    /** Field with what was signed. */
    public static final String CONTENT = "vledgerSignedText";

    /** These fields of a request, and those of the signature. */
    public FieldWriter with(FieldWriter fields) {
        return sink -> {
            fields.writeTo(sink);
            sink.put(USER, user).put(SIGNATURE, signature).put(CONTENT, content);
        };
    }

    /** Without the signature. */
    @Override
    public String toString() {
        return "CallSignature[user=" + user + "]";
    }
}
