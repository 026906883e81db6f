package io.vledger.broker.send;

/** Names of the header fields of a send: one letter each in the common version, long in the first. */
public enum SendFields {
    /** Request code 10. */
    LONG,
    /** Request codes 310 and 320. */
    SHORT;

    private String name(String longName, String letter) {
        return this == LONG ? longName : letter;
    }

    /** Of the producer group. */
    public String producerGroup() {
        return name("producerGroup", "a");
    }

    /** Of the topic. */
    public String topic() {
        return name("topic", "b");
    }

    /** Of the template topic. */
    public String defaultTopic() {
        return name("defaultTopic", "c");
    }

    /** Of the number of queues of a topic that is created. */
    public String defaultQueues() {
        return name("defaultTopicQueueNums", "d");
    }

    /** Of the queue. */
    public String queueId() {
        return name("queueId", "e");
    }

    /** Of the system flag. */
    public String sysFlag() {
        return name("sysFlag", "f");
    }

    /** Of the time of birth. */
    public String bornTimestamp() {
        return name("bornTimestamp", "g");
    }

    /** Of the user's flag. */
    public String flag() {
        return name("flag", "h");
    }

    /** Of the properties. */
    public String properties() {
        return name("properties", "i");
    }

    /** Of how often the message was given back. */
    public String reconsumeTimes() {
        return name("reconsumeTimes", "j");
    }

    /** Of whether the producer is of a unit. */
    public String unit() {
        return name("unitMode", "k");
    }

    /** Of how often it may be. */
    public String maxReconsumeTimes() {
        return name("maxReconsumeTimes", "l");
    }

    /** Of whether the body is a batch. */
    public String batch() {
        return name("batch", "m");
    }
}
