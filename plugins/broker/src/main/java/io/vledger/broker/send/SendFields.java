package io.vledger.broker.send;

/** Names of the header fields of a send: one letter each in the common version, long in the first. */
enum SendFields {
    /** Request code 10. */
    LONG,
    /** Request codes 310 and 320. */
    SHORT;

    private String name(String longName, String letter) {
        return this == LONG ? longName : letter;
    }

    String topic() {
        return name("topic", "b");
    }

    String defaultTopic() {
        return name("defaultTopic", "c");
    }

    String defaultQueues() {
        return name("defaultTopicQueueNums", "d");
    }

    String queueId() {
        return name("queueId", "e");
    }

    String sysFlag() {
        return name("sysFlag", "f");
    }

    String bornTimestamp() {
        return name("bornTimestamp", "g");
    }

    String flag() {
        return name("flag", "h");
    }

    String properties() {
        return name("properties", "i");
    }

    String reconsumeTimes() {
        return name("reconsumeTimes", "j");
    }

    String maxReconsumeTimes() {
        return name("maxReconsumeTimes", "l");
    }

    String batch() {
        return name("batch", "m");
    }
}
