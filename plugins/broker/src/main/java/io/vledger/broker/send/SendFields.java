package io.vledger.broker.send;

/** Names of the header fields of a send: one letter each in the common version, long in the first. */
record SendFields(
        String group,
        String topic,
        String defaultTopic,
        String defaultQueues,
        String queueId,
        String sysFlag,
        String bornTimestamp,
        String flag,
        String properties,
        String reconsumeTimes,
        String maxReconsumeTimes,
        String batch) {

    static final SendFields LONG = new SendFields(
            "producerGroup",
            "topic",
            "defaultTopic",
            "defaultTopicQueueNums",
            "queueId",
            "sysFlag",
            "bornTimestamp",
            "flag",
            "properties",
            "reconsumeTimes",
            "maxReconsumeTimes",
            "batch");
    static final SendFields SHORT = new SendFields("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "l", "m");
}
