package io.vledger.broker.filter;

/**
 * Cuts an SQL92 expression into tokens, one at a time: what is behind the last one that the parser asks for may be anything, as in
 * RocketMQ. The longest match counts. {@code --} starts a comment only if a line end follows.
 */
final class SqlLexer {
    private final String text;
    private int at;
    private int tokenAt;
    private int tokenEnd;

    SqlLexer(String text) {
        this.text = text;
    }

    /** Moves to the next token. */
    SqlToken next() throws FilterException {
        skip();
        tokenAt = at;
        SqlToken token = at == text.length() ? SqlToken.END : read();
        tokenEnd = at;
        return token;
    }

    /** Where the current token starts, from 1 on. */
    int position() {
        return tokenAt + 1;
    }

    /** The current token as it is written. */
    String image() {
        return text.substring(tokenAt, tokenEnd);
    }

    private char charAt(int index) {
        return index < text.length() ? text.charAt(index) : '\0';
    }

    private void skip() {
        while (at < text.length()) {
            char first = text.charAt(at);
            int end = at;
            if (first == ' ' || first == '\t' || first == '\n' || first == '\r' || first == '\f') {
                end = at + 1;
            } else if (first == '-' && charAt(at + 1) == '-') {
                end = lineCommentEnd();
            } else if (first == '/' && charAt(at + 1) == '*') {
                int close = text.indexOf("*/", at + 2);
                end = close < 0 ? at : close + 2;
            }
            if (end == at) {
                return;
            }
            at = end;
        }
    }

    private int lineCommentEnd() {
        for (int i = at + 2; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '\n' || character == '\r') {
                return i + 1;
            }
        }
        return at;
    }

    private SqlToken read() throws FilterException {
        char first = text.charAt(at);
        if (isNameStart(first)) {
            int start = at;
            while (isNameStart(charAt(at)) || isDigit(charAt(at))) {
                at++;
            }
            return SqlToken.word(text.substring(start, at));
        }
        if (isDigit(first) || (first == '.' && isDigit(charAt(at + 1)))) {
            return number();
        }
        if (first == '\'') {
            return text();
        }
        SqlToken symbol = symbol(first);
        at += symbol.shown().length();
        return symbol;
    }

    private SqlToken symbol(char first) throws FilterException {
        char second = charAt(at + 1);
        return switch (first) {
            case '=' -> SqlToken.EQUAL;
            case '<' -> second == '>' ? SqlToken.NOT_EQUAL : second == '=' ? SqlToken.LESS_EQUAL : SqlToken.LESS;
            case '>' -> second == '=' ? SqlToken.GREATER_EQUAL : SqlToken.GREATER;
            case '(' -> SqlToken.OPEN;
            case ',' -> SqlToken.COMMA;
            case ')' -> SqlToken.CLOSE;
            case '+' -> SqlToken.PLUS;
            case '-' -> SqlToken.MINUS;
            default ->
                throw new FilterException(
                        at + 1,
                        "the character '" + printable(first) + "' has no meaning here; texts go in single quotes");
        };
    }

    private static String printable(char character) {
        return character < ' ' || character > '~'
                ? "U+" + Integer.toHexString(character | 0x10000).substring(1)
                : String.valueOf(character);
    }

    /** {@code 0}, {@code 12}, {@code 12L}; {@code 5.5}, {@code 5.}, {@code .5}, each with an exponent or without, {@code 5E10}. */
    private SqlToken number() {
        int digits = digitsEnd(at);
        int end = digits;
        if (charAt(digits) == '.') {
            end = digitsEnd(digits + 1);
        }
        int exponent = exponentEnd(end);
        if (end > digits || exponent > end) {
            at = exponent;
            return SqlToken.DECIMAL;
        }
        if (text.charAt(at) == '0') {
            at++; // a whole number has no leading zeros: the next one starts behind it
        } else {
            at = charAt(end) == 'l' || charAt(end) == 'L' ? end + 1 : end;
        }
        return SqlToken.INTEGER;
    }

    private int digitsEnd(int from) {
        int end = from;
        while (isDigit(charAt(end))) {
            end++;
        }
        return end;
    }

    /** The end of an exponent that starts at {@code from}, or {@code from} if none does. */
    private int exponentEnd(int from) {
        if (charAt(from) != 'e' && charAt(from) != 'E') {
            return from;
        }
        int digits = charAt(from + 1) == '+' || charAt(from + 1) == '-' ? from + 2 : from + 1;
        int end = digitsEnd(digits);
        return end == digits ? from : end;
    }

    private SqlToken text() throws FilterException {
        int lastQuote = -1;
        int i = at + 1;
        while (i < text.length()) {
            if (text.charAt(i) == '\'') {
                lastQuote = i;
                if (charAt(i + 1) != '\'') {
                    break;
                }
                i++;
            }
            i++;
        }
        if (lastQuote < 0) {
            throw new FilterException(at + 1, "a text that starts here has no closing quote");
        }
        at = lastQuote + 1;
        return SqlToken.TEXT;
    }

    private static boolean isNameStart(char character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || character == '_'
                || character == '$';
    }

    private static boolean isDigit(char character) {
        return character >= '0' && character <= '9';
    }
}
