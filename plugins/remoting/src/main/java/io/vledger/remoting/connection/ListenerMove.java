package io.vledger.remoting.connection;

import io.netty.channel.EventLoop;
import java.util.Map;

/**
 * Moves the connections of a listener to its next owner: to the loop and the handlers of that one. Whatever arrives meanwhile
 * waits in the channels' handlers, so that it is served behind what arrived before.
 *
 * @param connections those that are open when the owner changes
 * @param next the next owner's loop
 * @param routing the next owner's handlers
 * @param socketLoop the loop on which the sockets are read
 */
record ListenerMove(
        Map<Connection, InboundHandler> connections, LoopState next, RequestRouting routing, EventLoop socketLoop) {

    /**
     * Begins the move, on the sockets' loop. Each connection leaves its old loop behind what it still has to do there, and then
     * goes on on the new one.
     *
     * @param resuming run on the new loop just before connections are served there
     * @param done run on the sockets' loop at the end
     */
    void begin(EventLoop oldLoop, Runnable resuming, Runnable done) {
        EventLoop newLoop = next.eventLoop();
        if (oldLoop == newLoop && newLoop == socketLoop) {
            leave();
            resuming.run();
            resume();
            done.run();
            return;
        }
        connections.values().forEach(InboundHandler::hold);
        oldLoop.execute(() -> {
            leave();
            newLoop.execute(() -> {
                resuming.run();
                resume();
                socketLoop.execute(() -> {
                    connections.values().forEach(handler -> handler.release(newLoop));
                    done.run();
                });
            });
        });
    }

    private void leave() {
        connections.keySet().forEach(connection -> connection.leave(next));
    }

    private void resume() {
        connections.keySet().forEach(connection -> connection.resume(routing));
    }
}
