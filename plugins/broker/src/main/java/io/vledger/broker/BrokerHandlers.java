package io.vledger.broker;

import io.vledger.api.rpc.Handlers;
import io.vledger.broker.admin.AdminHandlers;
import io.vledger.broker.client.ClientHandlers;
import io.vledger.broker.client.OnlineClients;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.metrics.BrokerMetrics;
import io.vledger.broker.pull.PullHandler;
import io.vledger.broker.retention.Retention;
import io.vledger.broker.schedule.DelayDelivery;
import io.vledger.broker.schedule.DelayLevels;
import io.vledger.broker.send.SendBackHandler;
import io.vledger.broker.send.SendHandler;
import io.vledger.protocol.RequestCode;

/** Puts everything together that serves one group: request handlers, and what a leader does by itself. */
public final class BrokerHandlers {
    private BrokerHandlers() {}

    /**
     * Registers all handlers of a group and starts its leader's duties. Loop only.
     *
     * @return what it tells of itself
     * @throws IllegalArgumentException if the delay levels cannot be read
     */
    public static BrokerMetrics register(Handlers handlers, GroupBroker broker) {
        DelayLevels levels = DelayLevels.parse(broker.config().broker().messageDelayLevel());
        OnlineClients clients = ClientHandlers.register(handlers, broker);
        AdminHandlers.register(handlers, broker, clients);

        SendHandler send = new SendHandler(broker, levels.count(), clients.consumingInOrder());
        handlers.register(RequestCode.SEND_MESSAGE, send);
        handlers.register(RequestCode.SEND_MESSAGE_V2, send);
        handlers.register(RequestCode.SEND_BATCH_MESSAGE, send);
        handlers.register(RequestCode.CONSUMER_SEND_MSG_BACK, new SendBackHandler(broker, levels.count()));

        PullHandler pull = new PullHandler(broker, clients.consumers());
        handlers.register(RequestCode.PULL_MESSAGE, pull);
        handlers.register(RequestCode.LITE_PULL_MESSAGE, pull);

        // They register themselves with the state and work while this member leads.
        new DelayDelivery(broker, levels).start();
        new Retention(broker).start();

        BrokerMetrics metrics = new BrokerMetrics(broker, clients);
        metrics.start();
        return metrics;
    }
}
