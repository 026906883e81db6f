package io.vledger.launcher.status;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Takes the members out of a group as a node shows it; what is not as expected is left out. */
final class MemberFields {
    private MemberFields() {}

    static List<JsonObject> of(Object group) {
        List<JsonObject> members = new ArrayList<>();
        if (group instanceof JsonObject shown && shown.getValue("members") instanceof JsonArray list) {
            for (Object member : list) {
                if (member instanceof JsonObject one && one.getValue("node") instanceof String) {
                    members.add(one);
                }
            }
        }
        return members;
    }
}
