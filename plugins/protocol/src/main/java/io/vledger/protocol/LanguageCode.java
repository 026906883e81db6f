package io.vledger.protocol;

/** Languages of clients and their codes in the binary header. */
public enum LanguageCode {
    JAVA(0),
    CPP(1),
    DOTNET(2),
    PYTHON(3),
    DELPHI(4),
    ERLANG(5),
    RUBY(6),
    OTHER(7),
    HTTP(8),
    GO(9),
    PHP(10),
    OMS(11),
    RUST(12),
    NODE_JS(13);

    private static final LanguageCode[] IN_ORDER_OF_CODE = values();

    private final byte code;

    LanguageCode(int code) {
        this.code = (byte) code;
    }

    /** The code of the binary header. */
    public byte code() {
        return code;
    }

    /** The language of a code; {@link #OTHER} if it is not known. */
    public static LanguageCode of(byte code) {
        return code >= 0 && code < IN_ORDER_OF_CODE.length ? IN_ORDER_OF_CODE[code] : OTHER;
    }
}
