package io.vledger.access.rights;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.testkit.fake.FakeRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestRightsTest {
    private final RequestRights rights = new RequestRights("C");

    private String needs(FakeRequest request) {
        List<Need> needs = new ArrayList<>();
        rights.of(request.code()).finder().find(request, needs);
        StringBuilder text = new StringBuilder();
        for (Need need : needs) {
            text.append(text.isEmpty() ? "" : " ").append(need).append('=');
            need.actions().stream().sorted().forEach(action -> text.append(action.label()));
        }
        return text.toString();
    }

    @Test
    void theListInTheReadmeIsCurrent() throws Exception {
        Map<String, StringBuilder> rows = new TreeMap<>();
        rights.all().forEach((code, right) -> {
            StringBuilder row = rows.computeIfAbsent(right.words(), words -> new StringBuilder());
            row.append(row.isEmpty() ? "" : ", ").append(code);
        });
        StringBuilder text = new StringBuilder("| right | request codes |\n|---|---|\n");
        rows.forEach((words, codes) -> text.append("| " + words + " | " + codes + " |\n"));
        assertThat(Files.readString(Path.of("README.md"))).contains(text);
    }

    @ParameterizedTest(name = "{0} {1}: {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "310 | b=T;a=G                                    |  | Topic:T=Pub",
                "310 | b=%RETRY%G;a=G2                            |  | Group:G=Sub Group:G2=Sub",
                "310 | b=%RETRY%G                                 |  | Group:G=Sub",
                "10  | topic=T                                    |  | Topic:T=Pub",
                "11  | topic=T;consumerGroup=G                    |  | Topic:T=Sub Group:G=Sub",
                "11  | topic=%RETRY%G;consumerGroup=G             |  | Group:G=Sub Group:G=Sub",
                "14  | topic=T;consumerGroup=G                    |  | Topic:T=SubGet Group:G=SubGet",
                "35  | clientID=x                                 |  | ''",
                "37  | x=y                                        |  | ''",
                "33  | offset=7                                   |  | Cluster:C=Get",
                "33  | topic=T                                    |  | Topic:T=Get",
                "208 | consumerGroup=G;topicList=A,B              |  | Group:G=Get Topic:A,B=Get",
                "208 | consumerGroup=G;topicList=A:B              |  | Group:G=Get Topic:A:B=Get",
                "308 | topic=T;filterGroups=A,B;compareGroup=D    |  | Group:D=Get Topic:T=Get Group:A=Get Group:B=Get",
                "25  | x=y                                        |  | Cluster:C=Update",
                "3001| username=u                                 |  | Cluster:C=Update",
                "34  | x=y | {\"consumerDataSet\":[{\"groupName\":\"G\",\"subscriptionDataSet\":[{\"topic\":\"T\"},{\"topic\":\"%RETRY%G\"}]}]} | Group:G=Sub Topic:T=Sub",
                "41  | x=y | {\"consumerGroup\":\"G\",\"mqSet\":[{\"topic\":\"T\"}]} | Group:G=Sub Topic:T=Sub",
                "200151 | x=y | {\"acks\":[{\"c\":\"G\",\"t\":\"T\"}]} | Group:G=Sub Topic:T=Sub",
                "18  | x=y | {\"topicConfigList\":[{\"topicName\":\"T\"}]} | Topic:T=Create",
                "200 | x=y | {\"groupName\":\"G\"} | Group:G=Create",
                "225 | x=y | {\"groupConfigList\":[{\"groupName\":\"G\"}]} | Group:G=Create",
                "401 | x=y | {\"topic\":\"T\",\"consumerGroup\":\"G\"} | Topic:T=Update Group:G=Update",
            })
    void aRequestNeedsARightOnWhatItNames(int code, String fields, String body, String expected) {
        FakeRequest request = new FakeRequest(code).body(body == null ? "" : body);
        for (String field : fields.split(";")) {
            request.with(field.substring(0, field.indexOf('=')), field.substring(field.indexOf('=') + 1));
        }
        assertThat(needs(request)).isEqualTo(expected);
    }
}
