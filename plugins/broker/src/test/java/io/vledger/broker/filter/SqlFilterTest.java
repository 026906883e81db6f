package io.vledger.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlFilterTest {
    private static boolean selects(String expression, String properties) throws FilterException {
        ByteBuf buffer = Unpooled.wrappedBuffer(
                properties.replace('=', '\u0001').replace(';', '\u0002').getBytes(StandardCharsets.UTF_8));
        return MessageFilter.parse("SQL92", expression).matcher().matches(buffer, 0, buffer.readableBytes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "a = | at character 4: expected a property, a value, NOT, a sign or (, but here is the end of the expression",
                "a # 1 | at character 3: the character '#' has no meaning here; texts go in single quotes",
                "a = 'x | at character 5: a text that starts here has no closing quote",
                "a IN ('x' | at character 10: expected ), but here is the end of the expression",
                "a > 'x' | at character 3: only numbers and properties have an order, texts and conditions do not",
                "a = NULL | at character 3: NULL cannot be compared; use IS NULL or IS NOT NULL",
                "a = 1 AND 5 | at character 11: a condition is needed here, not a value",
                "a BETWEEN 5 AND 1 | at character 3: the first bound of BETWEEN is greater than the second"
            })
    void aRefusalSaysWhereAndWhy(String expression, String message) {
        assertThatThrownBy(() -> SqlFilter.parse(expression))
                .isInstanceOf(FilterException.class)
                .hasMessage(message);
    }

    @Test
    void anExpressionOfAMebibyteIsRefused() {
        assertThatThrownBy(() -> SqlFilter.parse("a = 1 OR ".repeat(1 << 17) + "a = 1"))
                .hasMessageContaining("more than 65536 characters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"( |a = 1| )", "NOT |a|", "- |a = 1|", "+ |a| = 1", "|a| IS NULL", "|a| = 1", "|a| CONTAINS 'x'"
            })
    void nestingOfTenThousandIsRefusedAndTheBoundIsNot(String form) throws FilterException {
        String[] parts = form.split("\\|", -1);

        assertThatThrownBy(() -> SqlFilter.parse(nested(parts, 10_000))).isInstanceOf(FilterException.class);
        assertThatThrownBy(() -> SqlFilter.parse(nested(parts, 201))).hasMessageContaining("more than 200 levels");
        SqlFilter.parse(nested(parts, 190));
    }

    private static String nested(String[] parts, int levels) {
        return parts[0].repeat(levels) + parts[1] + parts[2].repeat(levels);
    }

    @Test
    void aLongChainIsNoNesting() throws FilterException {
        assertThat(selects("a = 2 OR ".repeat(7_000) + "a = 1", "a=1")).isTrue();
    }

    @Test
    void theCostGrowsWithWhatIsCompared() throws FilterException {
        assertThat(SqlFilter.parse("a = 1").cost()).isLessThan(25);
        assertThat(SqlFilter.parse("a IN (" + "'x',".repeat(1_000) + "'x')").cost())
                .isGreaterThan(1_000);
        assertThat(TagFilter.ALL.cost()).isZero();
    }

    @Test
    void whatIsRememberedOfMessagesBeforeChangesNothing() {
        Seeds.run(20, SqlFilterTest::manyMessages);
    }

    private static void manyMessages(Random random) throws FilterException {
        String[] endings = new String[3];
        for (int i = 0; i < endings.length; i++) {
            endings[i] = pairs(random, random.nextInt(5));
        }
        SqlFilter filter = SqlFilter.parse(random.nextBoolean() ? "a > 5" : "a > 5 AND bb IS NOT NULL");
        Evaluation all = filter.evaluation();
        for (int i = 0; i < 300; i++) {
            String text = pairs(random, random.nextInt(3)) + endings[random.nextInt(1 + random.nextInt(3))];
            text = random.nextInt(4) == 0 && !text.isEmpty() ? text.substring(0, text.length() - 1) : text;
            ByteBuf buffer = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
            assertThat(all.evaluate(buffer, 0, buffer.readableBytes()))
                    .as("of '%s'", text)
                    .isEqualTo(filter.evaluation().evaluate(buffer, 0, buffer.readableBytes()));
        }
    }

    private static String pairs(Random random, int count) {
        String[] names = {"a", "bb", "aa", "ba", "longername", "x", ""};
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(names[random.nextInt(names.length)])
                    .append('\u0001')
                    .append(random.nextInt(4) == 0 ? "" : random.nextInt(11))
                    .append('\u0002');
        }
        return text.toString();
    }

    @Test
    void ofAPropertyThatIsThereTwiceTheLastCounts() throws FilterException {
        assertThat(selects("a = '2'", "a=1;b=x;a=2")).isTrue();
        assertThat(selects("a = '1'", "a=1;b=x;a=2;")).isFalse();
    }

    @Test
    void propertiesWithoutANameOrAValueAreNone() throws FilterException {
        assertThat(selects("a IS NULL AND b = 'x'", "a=;=1;a;;b=x")).isTrue();
        assertThat(selects("a IS NULL", "")).isTrue();
    }

    @Test
    void aNameIsFoundWhole() throws FilterException {
        assertThat(selects("ab = 1", "a=1;abc=1;cab=1")).isFalse();
        assertThat(selects("ab = 1", "a=1;abc=2;ab=1")).isTrue();
    }

    @Test
    void otherTypesAreRefusedByName() {
        assertThatThrownBy(() -> MessageFilter.parse("JQ", ".a")).hasMessageContaining("JQ");
    }
}
