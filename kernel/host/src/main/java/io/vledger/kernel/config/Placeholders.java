package io.vledger.kernel.config;

import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Puts the environment into values, and finds what a template left behind in them.
 *
 * <p>RocketMQ itself expands nothing; the scripts that write its files do, as shells: {@code ${NAME}}. {@code ${user.home}} is
 * expanded as well. Immutable; any thread.
 */
final class Placeholders {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^{}]*)}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final int MAX_CHARS = 100_000;

    /** Marks of templates: shells, Spring, Helm and Jinja, Ant, Windows, and angle brackets of manuals. */
    private static final Pattern MARK = Pattern.compile(
            "\\$[A-Za-z_{(]|#\\{|\\{\\{|`|<[^<>]*>|@[A-Z_][A-Z0-9_.]*@|%[A-Z_][A-Z0-9_]*%", Pattern.CASE_INSENSITIVE);

    /** Words that stand in manuals for something else. */
    private static final Pattern WORD = Pattern.compile(
            "x{3,}|x+(\\.x+){2,3}|your[-_.]?(ip|host|hostname|server|broker|node|domain|name|cluster)([-_.]?(ip|name|address|here))?"
                    + "|change[-_]?(me|it)|todo|fixme|placeholder|replace[-_]?me|(public|private|server|host)[-_]?ip",
            Pattern.CASE_INSENSITIVE);

    private final UnaryOperator<@Nullable String> environment;

    /**
     * Placeholders of an environment.
     *
     * @param environment the value of a variable, or null
     */
    Placeholders(UnaryOperator<@Nullable String> environment) {
        this.environment = environment;
    }

    /** Those of this process' environment. */
    static Placeholders ofProcess() {
        return new Placeholders(name -> name == null ? null : System.getenv(name));
    }

    /** Those of a fixed environment. */
    static Placeholders of(Map<String, String> environment) {
        return new Placeholders(environment::get);
    }

    /** A value that cannot be expanded; the message is the remedy. */
    static final class Unresolved extends Exception {
        private static final long serialVersionUID = 1L;

        Unresolved(String remedy) {
            super(remedy, null, false, false);
        }
    }

    /** The text with every {@code ${NAME}} replaced. */
    String expand(String text) throws Unresolved {
        Matcher variable = VARIABLE.matcher(text);
        StringBuilder expanded = new StringBuilder();
        while (variable.find()) {
            variable.appendReplacement(expanded, Matcher.quoteReplacement(value(variable.group(1))));
            if (expanded.length() > MAX_CHARS) {
                throw new Unresolved("is too long once the environment is in it");
            }
        }
        return variable.appendTail(expanded).toString();
    }

    private String value(String name) throws Unresolved {
        if (name.equals("user.home")) {
            return System.getProperty("user.home", ".");
        }
        if (!NAME.matcher(name).matches()) {
            throw new Unresolved("${" + name + "} is no variable of the environment; write the value itself");
        }
        String value = environment.apply(name);
        if (value == null || value.isBlank()) {
            throw new Unresolved("the environment has no " + name + "; set it, or write the value itself");
        }
        return value;
    }

    /** What of a host, name or path was meant to be replaced by a person or a script; null if nothing is. */
    static @Nullable String left(String text) {
        Matcher mark = MARK.matcher(text);
        if (mark.find()) {
            return mark.group();
        }
        for (String part : text.split("[/:]")) {
            if (WORD.matcher(part).matches()) {
                return part;
            }
        }
        return text.startsWith("/path/to/") ? "/path/to" : null;
    }
}
