package io.vledger.protocol;

/** Languages of clients; the ordinal is the code of the binary header. */
public enum LanguageCode {
    JAVA,
    CPP,
    DOTNET,
    PYTHON,
    DELPHI,
    ERLANG,
    RUBY,
    OTHER,
    HTTP,
    GO,
    PHP,
    OMS,
    RUST,
    NODE_JS;

    private static final LanguageCode[] BY_CODE = values();

    /** The code of the binary header. */
    public byte code() {
        return (byte) ordinal();
    }

    /** The language of a code; {@link #OTHER} if it is not known. */
    public static LanguageCode of(byte code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : OTHER;
    }
}
