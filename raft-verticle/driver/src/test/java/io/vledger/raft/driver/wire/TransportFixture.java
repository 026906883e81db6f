package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** Members whose group is not open, over real sockets on loopback, and what they ask each other. */
abstract class TransportFixture {
    static final int TIMEOUT_MS = 10_000;

    final LocalTransports members = new LocalTransports();
    final Map<String, String> peers = members.peers();

    @AfterEach
    void close() throws Exception {
        members.close();
    }

    PeerChannel start(String node) throws Exception {
        return members.start(node);
    }

    Socket connect(String to) throws IOException {
        return members.connect(to);
    }

    /** Asks n0. */
    static Future<Buffer> ask(PeerChannel channel, String question) {
        return channel.request("n0", Buffer.buffer(question), TIMEOUT_MS);
    }

    static String answer(Future<Buffer> answer) throws Exception {
        return answer.await(20, TimeUnit.SECONDS).toString();
    }

    static ByteBuf request(String text) {
        return ChannelType.ORIGIN.request(Buffer.buffer(text), UnpooledByteBufAllocator.DEFAULT);
    }
}
