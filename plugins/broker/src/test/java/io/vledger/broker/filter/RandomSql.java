package io.vledger.broker.filter;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Random SQL92 expressions, most of them valid, and properties to evaluate them on. */
final class RandomSql {
    private static final String[] NAMES = {"a", "b", "C", "price", "_x", "$y", "inn", "nota"};
    private static final String[] VALUES = {
        "0",
        "1",
        "5",
        "-5",
        "+5",
        "007",
        "2147483647",
        "2147483648",
        "-2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "1.0",
        "1.5",
        "-0",
        "0.1",
        ".5",
        "5.",
        "1e3",
        "1E-3",
        "NaN",
        "Infinity",
        "0x1p3",
        "1d",
        " 5 ",
        "123456789012345678",
        "1234567890123456",
        "0.30000000000000004",
        "true",
        "TRUE",
        "false",
        "x",
        "xyz",
        "it's",
        "''",
        "ä",
        "€uro",
        "\uD83D\uDE00",
        "null",
        "-",
        "+",
        ".",
        "1.2.3",
        "x y"
    };
    private static final String[] TEXTS = {
        "x", "xyz", "y", "", "it''s", "''''", "ä", "€", "1", "5", "1.0", "true", "\uD83D\uDE00"
    };
    private static final String[] NUMBERS = {
        "0",
        "1",
        "5",
        "10",
        "2147483647",
        "2147483648",
        "5L",
        "5l",
        "1.0",
        "1.5",
        "0.1",
        ".5",
        "5.",
        "1e3",
        "1E-3",
        "1.5e+2",
        "9223372036854775807",
        "9223372036854775808",
        "0.0",
        "1e999",
        "007",
        "0.30000000000000004"
    };
    private static final String[] NOISE = {
        "#", "'", "(", ")", ",", "NOT", "IS", "NULL", "AND", "-", "--", "/*", "*/", ".", "=", "<>", "IN", "a", "5", "!",
        "\u00e4", "\"", "\n"
    };
    private static final String[] ORDERS = {"<", "<=", ">", ">="};
    private static final String[] EQUALS = {"=", "<>"};
    private static final String[] PLACES = {"CONTAINS", "STARTSWITH", "ENDSWITH"};

    private final Random random;

    RandomSql(Random random) {
        this.random = random;
    }

    String expression() {
        String expression = condition(3);
        int noise = random.nextInt(8);
        if (noise > 1) {
            return expression;
        }
        String[] tokens = expression.split(" ", -1);
        tokens[random.nextInt(tokens.length)] = noise == 0 ? "" : pick(NOISE);
        return String.join(" ", tokens);
    }

    Map<String, String> properties() {
        Map<String, String> properties = new HashMap<>();
        for (String name : NAMES) {
            if (random.nextInt(4) > 0) {
                properties.put(name, pick(VALUES));
            }
        }
        return properties;
    }

    private String condition(int depth) {
        int kind = random.nextInt(depth > 0 ? 16 : 10);
        return switch (kind) {
            case 0, 1, 2 -> operand(depth) + " " + pick(EQUALS) + " " + operand(depth);
            case 3, 4 -> ordered(depth) + " " + pick(ORDERS) + " " + ordered(depth);
            case 5 -> operand(depth) + not() + keyword(pick(PLACES)) + " " + text();
            case 6 ->
                ordered(depth) + not() + keyword("BETWEEN") + " " + ordered(0) + " " + keyword("AND") + " "
                        + ordered(0);
            case 7 -> pick(NAMES) + not() + keyword("IN") + " " + list();
            case 8 -> operand(depth) + " " + keyword("IS") + not() + keyword("NULL");
            case 9 -> random.nextBoolean() ? pick(NAMES) : keyword(random.nextBoolean() ? "TRUE" : "FALSE");
            case 10, 11 -> condition(depth - 1) + " " + keyword("AND") + " " + condition(depth - 1);
            case 12, 13 -> condition(depth - 1) + " " + keyword("OR") + " " + condition(depth - 1);
            case 14 -> keyword("NOT") + " ( " + condition(depth - 1) + " )";
            default -> "( " + condition(depth - 1) + " )";
        };
    }

    private String operand(int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 8)) {
            case 0, 1, 2 -> pick(NAMES);
            case 3, 4 -> text();
            case 5 -> number();
            case 6 -> keyword(random.nextInt(4) == 0 ? "NULL" : random.nextBoolean() ? "TRUE" : "FALSE");
            case 7 -> sign() + " " + (random.nextBoolean() ? number() : pick(NAMES));
            default -> sign() + " ( " + condition(depth - 1) + " )";
        };
    }

    /** What mostly may be compared by order. */
    private String ordered(int depth) {
        int kind = random.nextInt(12);
        return kind < 6 ? pick(NAMES) : kind < 11 ? number() : operand(depth);
    }

    private String number() {
        String number = pick(NUMBERS);
        return random.nextInt(5) == 0 ? "- " + number : number;
    }

    private String sign() {
        return random.nextInt(3) == 0 ? "+" : random.nextBoolean() ? "-" : "";
    }

    private String not() {
        return random.nextInt(3) == 0 ? " " + keyword("NOT") + " " : " ";
    }

    private String text() {
        return "'" + pick(TEXTS) + "'";
    }

    private String list() {
        StringBuilder list = new StringBuilder("( ").append(text());
        for (int i = random.nextInt(7); i > 0; i--) {
            list.append(" , ").append(text());
        }
        return list.append(" )").toString();
    }

    private String keyword(String word) {
        StringBuilder cased = new StringBuilder(word.length());
        boolean mixed = random.nextInt(4) == 0;
        for (int i = 0; i < word.length(); i++) {
            char letter = word.charAt(i);
            cased.append(mixed && random.nextBoolean() ? (char) (letter + ('a' - 'A')) : letter);
        }
        return cased.toString();
    }

    private String pick(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
