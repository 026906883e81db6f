package io.vledger.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.filter.expression.BooleanExpression;
import org.apache.rocketmq.filter.expression.EvaluationContext;
import org.apache.rocketmq.filter.expression.MQFilterException;
import org.apache.rocketmq.filter.parser.SelectorParser;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the filter with RocketMQ's own, expression by expression and message by message. */
class SqlOracleTest {
    private static final int EXPRESSIONS = 600;
    private static final int MESSAGES = 4;

    @Test
    void theSameExpressionsAreRefusedAndTheSameMessagesAreSelectedAsByRocketMq() {
        Map<String, Long> outcomes = new TreeMap<>();
        Seeds.run(50, random -> {
            RandomSql sql = new RandomSql(random);
            for (int i = 0; i < EXPRESSIONS; i++) {
                String expression = sql.expression();
                for (int m = 0; m < MESSAGES; m++) {
                    outcomes.merge(compare(expression, sql.properties()), 1L, Long::sum);
                }
            }
        });
        long all = outcomes.values().stream().mapToLong(Long::longValue).sum();
        assertThat(outcomes).hasSize(5).allSatisfy((outcome, times) -> assertThat(times)
                .as("how often %s of %d", outcome, all)
                .isGreaterThan(all / 50));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a = 1 b # what follows is not looked at",
                "a = 1 #",
                "a = 007",
                "a = 0l",
                "a = 12L",
                "a = 5.",
                "a = .5E2",
                "a = 0.0",
                "a = 9223372036854775807",
                "a = 9223372036854775808",
                "a = -9223372036854775808",
                "a = 1e400",
                "a BETWEEN 5 AND 1",
                "a BETWEEN 1 AND 2.5",
                "a NOT BETWEEN 5 AND 1",
                "a NOT 5",
                "NULL = a",
                "a = NULL",
                "a IS NULL IS NULL",
                "TRUE = 5",
                "5 = TRUE",
                "TRUE = a",
                "a = TRUE",
                "a = b",
                "1 = a",
                "a > b",
                "a > 'x'",
                "'x' CONTAINS ''",
                "a NOT CONTAINS ''",
                "NOT (a CONTAINS 'x')",
                "a IN ('1')",
                "5 IN ('1')",
                "a in ('it''s', 'x') or b StartsWith 'it'",
                "a -- no comment",
                "a = -- a comment\n 1",
                "a = /* * / ** */ 1",
                "a = /* open",
                "- a = 1",
                "-(TRUE = a) = 1",
                "+a = + 1",
                "NOT NOT a",
                "a AND",
                "",
                " ",
                "'x'",
                "a",
                "(((a)))",
                "$x_1 = '1'",
                "a <> 1",
                "a != 1",
                "a == 1",
                "a LIKE 'x%'",
                "a + 1 = 2",
                "a = 'ä€'",
                "ä = 1",
                "'unterminated = 1",
                "a = 'x''"
            })
    void cornersAreAsInRocketMq(String expression) {
        String[] values = {
            "1", "5", "-5", "1.0", "x", "it's", "true", "TRUE", "0", "007", " 1", "NaN", "ä€", "+1", "1e1"
        };
        compare(expression, Map.of());
        for (String value : values) {
            compare(expression, Map.of("a", value));
            compare(expression, Map.of("b", value));
            compare(expression, Map.of("a", value, "b", value, "$x_1", value));
        }
    }

    private static String compare(String expression, Map<String, String> properties) {
        String expected = ofRocketMq(expression, properties);
        String actual = here(expression, properties);
        assertThat(actual).as("%s with %s", expression, properties).isEqualTo(expected);
        return actual;
    }

    private static String ofRocketMq(String expression, Map<String, String> properties) {
        BooleanExpression compiled;
        try {
            compiled = SelectorParser.parse(expression);
        } catch (MQFilterException refused) {
            return "refused";
        }
        EvaluationContext context = new EvaluationContext() {
            @Override
            public @Nullable Object get(String name) {
                return properties.get(name);
            }

            @Override
            public Map<String, Object> keyValues() {
                return new HashMap<>(properties);
            }
        };
        try {
            return String.valueOf(compiled.evaluate(context));
        } catch (Exception failed) {
            return "failed";
        }
    }

    private static String here(String expression, Map<String, String> properties) {
        SqlFilter filter;
        try {
            filter = SqlFilter.parse(expression);
        } catch (FilterException refused) {
            return "refused";
        }
        StringBuilder text = new StringBuilder("other\u0001value\u0002");
        properties.forEach((name, value) ->
                text.append(name).append('\u0001').append(value).append('\u0002'));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuf buffer = Unpooled.buffer().writeLong(-1).writeBytes(bytes).writeLong(-1);
        int value = filter.evaluation().evaluate(buffer, Long.BYTES, bytes.length);
        assertThat(filter.matcher().matches(buffer, Long.BYTES, bytes.length)).isEqualTo(value == SqlNode.TRUE);
        return switch (value) {
            case SqlNode.TRUE -> "true";
            case SqlNode.FALSE -> "false";
            case SqlNode.NULL -> "null";
            default -> "failed";
        };
    }
}
