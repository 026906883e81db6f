package io.vledger.broker.filter;

/** What an SQL92 expression is made of. */
enum SqlToken {
    NOT("NOT"),
    AND("AND"),
    OR("OR"),
    BETWEEN("BETWEEN"),
    IN("IN"),
    TRUE("TRUE"),
    FALSE("FALSE"),
    NULL("NULL"),
    IS("IS"),
    CONTAINS("CONTAINS"),
    STARTSWITH("STARTSWITH"),
    ENDSWITH("ENDSWITH"),
    EQUAL("="),
    NOT_EQUAL("<>"),
    GREATER(">"),
    GREATER_EQUAL(">="),
    LESS("<"),
    LESS_EQUAL("<="),
    OPEN("("),
    COMMA(","),
    CLOSE(")"),
    PLUS("+"),
    MINUS("-"),
    INTEGER("a whole number"),
    DECIMAL("a decimal number"),
    TEXT("a text in single quotes"),
    NAME("the name of a property"),
    END("the end of the expression");

    private final String shown;

    SqlToken(String shown) {
        this.shown = shown;
    }

    /** As users write or know it. */
    String shown() {
        return shown;
    }

    /** The keyword that a word is, in any case; {@link #NAME} if it is none. */
    static SqlToken word(String word) {
        for (SqlToken token : values()) {
            if (token == EQUAL) {
                break;
            }
            if (token.shown.equalsIgnoreCase(word)) {
                return token;
            }
        }
        return NAME;
    }
}
