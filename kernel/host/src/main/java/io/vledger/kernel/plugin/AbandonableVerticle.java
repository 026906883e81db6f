package io.vledger.kernel.plugin;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.plugin.PluginVerticle;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What Vert.x deploys for a plugin: makes its verticle if that is not done yet, hands calls on to it, and can be abandoned
 * while {@code start()} has not come back, so that Vert.x closes whatever the plugin opened so far.
 */
final class AbandonableVerticle implements Deployable {
    private final Maker maker;
    private final BiConsumer<PluginVerticle, Context> begun;
    private final Promise<Object> outcome = Promise.promise();
    private @Nullable PluginVerticle verticle;
    private @Nullable Thread inside;
    private boolean abandoned;

    /** Makes the verticle: loads its class and calls its constructor. */
    interface Maker {
        PluginVerticle make();
    }

    /**
     * @param maker called once, in the plugin's own thread unless {@link #prepare} was called before
     * @param begun called before the plugin's own {@code start()}
     */
    AbandonableVerticle(Maker maker, BiConsumer<PluginVerticle, Context> begun) {
        this.maker = maker;
        this.begun = begun;
    }

    /** Makes the verticle in the calling thread. */
    void prepare() {
        enter();
        try {
            verticle = maker.make();
        } finally {
            leave();
        }
    }

    @Override
    public Future<?> deploy(Context context) {
        enter();
        try {
            PluginVerticle made = verticle;
            if (made == null) {
                made = maker.make();
                verticle = made;
            }
            begun.accept(made, context);
            made.deploy(context).onComplete(done -> {
                if (done.succeeded()) {
                    outcome.tryComplete();
                } else {
                    outcome.tryFail(done.cause());
                }
            });
        } catch (PluginException e) {
            outcome.tryFail(e);
        } catch (Throwable e) { // Whatever a foreign start() throws is its own failure, also an error of linking.
            outcome.tryFail(e);
        } finally {
            leave();
        }
        return outcome.future();
    }

    @Override
    public Future<?> undeploy(Context context) throws Exception {
        PluginVerticle made = verticle;
        return made == null ? Future.succeededFuture() : made.undeploy(context);
    }

    /**
     * Gives up waiting for {@code start()}. A plugin that blocks is interrupted if the thread is its own.
     *
     * @param interrupt whether the thread that runs it is its own
     */
    synchronized void abandon(String reason, boolean interrupt) {
        abandoned = true;
        outcome.tryFail(new PluginException(reason));
        Thread stuck = inside;
        if (interrupt && stuck != null) {
            stuck.interrupt();
        }
    }

    /** Whether it was given up. */
    synchronized boolean abandoned() {
        return abandoned;
    }

    private synchronized void enter() {
        if (abandoned) {
            throw new PluginException("was given up before it began");
        }
        inside = Thread.currentThread();
    }

    private synchronized void leave() {
        inside = null;
    }
}
