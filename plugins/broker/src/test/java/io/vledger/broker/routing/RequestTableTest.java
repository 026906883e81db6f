package io.vledger.broker.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeRequest;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RequestTableTest {
    @Test
    void theListOfRequestsInTheReadmeIsCurrent() throws Exception {
        try (TestBroker broker = TestBroker.follower()) {
            assertThat(Files.readString(Path.of("README.md")))
                    .contains(asMarkdown(broker.parts().requests()));
        }
    }

    @Test
    void aCodeHasOneHandler() {
        RequestTable table = new RequestTable();
        table.add(RoutingPolicy.LOCAL, 1, request -> {});
        assertThatThrownBy(() -> table.add(RoutingPolicy.READ, 1, request -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("request code 1");
    }

    @Test
    void whatIsRefusedByNameIsListedInTheReadme() throws Exception {
        Map<String, StringBuilder> rows = new TreeMap<>();
        RefusedRequests.byCode().forEach((code, reason) -> rows.computeIfAbsent(reason, fresh -> new StringBuilder())
                .append(rows.get(reason).isEmpty() ? "" : ", ")
                .append(code));
        StringBuilder text = new StringBuilder("| requests refused by name | what they are about |\n|---|---|\n");
        rows.forEach((reason, codes) -> text.append("| " + codes + " | " + reason + " |\n"));
        assertThat(Files.readString(Path.of("README.md"))).contains(text);
    }

    @Test
    void aRequestThatIsRefusedByNameSaysWhy() throws Exception {
        try (TestBroker broker = TestBroker.follower()) {
            FakeRequest refused = broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_STATIC_TOPIC));
            assertThat(refused.replyCode()).isEqualTo(3);
            assertThat(refused.replyRemark()).startsWith(" request type 513 not supported: static topics");
        }
    }

    private static String asMarkdown(RequestTable table) throws IllegalAccessException {
        Map<RoutingPolicy, StringBuilder> rows = new TreeMap<>();
        Map<Integer, String> names = names();
        table.entries().forEach((code, entry) -> rows.computeIfAbsent(entry.policy(), policy -> new StringBuilder())
                .append(rows.get(entry.policy()).isEmpty() ? "" : ", ")
                .append(code)
                .append(' ')
                .append(names.get(code)));
        StringBuilder text = new StringBuilder("| policy | requests |\n|---|---|\n");
        rows.forEach((policy, row) -> text.append("| `" + policy + "` | " + row + " |\n"));
        return text.toString();
    }

    private static Map<Integer, String> names() throws IllegalAccessException {
        Map<Integer, String> names = new HashMap<>();
        for (Field field : RequestCode.class.getFields()) {
            names.put(field.getInt(null), field.getName());
        }
        return names;
    }
}
