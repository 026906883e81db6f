package io.vledger.importer.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.protocol.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupRulesTest {
    private static Map<?, ?> json(String text) {
        return Json.readObject(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private final GroupRules rules = new GroupRules(
            json("{'forbiddenTable':{'g':{'U':4}}}"),
            json(
                    "{'filterDataByTopic':{'T':{'topic':'T','groupFilterData':{"
                            + "'g':{'expression':'a > 5','expressionType':'SQL92','clientVersion':7,'bornTime':1,'deadTime':0},"
                            + "'gone':{'expression':'b','expressionType':'SQL92','clientVersion':7,'bornTime':1,'deadTime':9}}}}}"),
            json(
                    "{'messageRequestModeMap':{'T':{'g':{'consumerGroup':'g','mode':'POP','popShareQueueNum':2,'topic':'T'}}}}"),
            json(
                    "{'table':{'T@g':{0:{'popTime':7,'i':60000,'o':[5,1],'ot':{},'oc':{5:1},'l':8,'cm':2,'a':'x'}},'nobody':{}}}"));

    @Test
    void theRulesOfAGroupAreFieldsOfItsConfiguration() {
        assertThat(rules.in("g", json("{'groupName':'g'}")))
                .containsEntry("groupName", "g")
                .hasEntrySatisfying(
                        "forbiddenTopics", topics -> assertThat(topics).isEqualTo(json("{'U':4}")))
                .hasEntrySatisfying("consumerFilters", filters -> assertThat(String.valueOf(filters))
                        .isEqualTo("{T={clientVersion=7, expression=a > 5}}"))
                .hasEntrySatisfying("requestModes", modes -> assertThat(String.valueOf(modes))
                        .isEqualTo("{T={mode=POP, popShareQueueNum=2}}"))
                .hasEntrySatisfying("popOrder", orders -> assertThat(String.valueOf(orders))
                        .isEqualTo("{T={0={popTime=7, i=60000, o=[5, 1], ot={}, oc={5=1}, l=8, cm=2, a=x}}}"));
    }

    @Test
    void whatRocketmqWritesOfMessagesPoppedInOrderIsTakenAsItIs() {
        GroupRules orders = new GroupRules(
                null,
                null,
                null,
                json(
                        "{'orderInfoCount':1,'orderedConsumptionLevel':'QUEUE','table':{'orders@consumers':{0:{'a':'a1','cm':1,'i':60000,"
                                + "'l':1795814744108,'o':[0,1,2],'oc':{0:1,1:1},'ot':{2:1700000030000},'popTime':1700000000000}}}}"));
        assertThat(orders.in("consumers", json("{'groupName':'consumers'}")))
                .hasEntrySatisfying("popOrder", order -> assertThat(String.valueOf(order))
                        .isEqualTo("{orders={0={a=a1, cm=1, i=60000, l=1795814744108, o=[0, 1, 2], oc={0=1, 1=1},"
                                + " ot={2=1700000030000}, popTime=1700000000000}}}"));
        assertThat(orders.in("orders", json("{'groupName':'orders'}"))).hasSize(1);
    }

    @Test
    void aGroupWithoutRulesAndOneThatLeftAreAsTheyWere() {
        assertThat(rules.in("gone", json("{'groupName':'gone'}"))).hasSize(1);
        assertThat(new GroupRules(null, null, null, null).in("g", json("{'groupName':'g'}")))
                .hasSize(1);
    }
}
