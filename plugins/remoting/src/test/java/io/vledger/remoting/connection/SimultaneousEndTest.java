package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vledger.api.rpc.RpcServer;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.remoting.HandlerTable;
import io.vledger.testkit.Certificates;
import io.vledger.testkit.Certificates.CertificateFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server and clients that said nothing end in the same moment. */
class SimultaneousEndTest extends ServerFixture {
    private static final int ROUNDS = 150;

    @TempDir
    static Path directory;

    @Test
    void aServerReportsItsEndWhenSilentClientsLeaveInTheSameMoment() throws Exception {
        endTogether(TlsSettings.NONE);
    }

    @Test
    void soDoesAServerWithTls() throws Exception {
        CertificateFiles files = new Certificates(directory, "authority").valid("own");
        endTogether(TlsSettings.of(new JsonObject()
                .put("certificate", files.certificate().toString())
                .put("key", files.key().toString())
                .put("mode", "enforcing")));
    }

    private void endTogether(TlsSettings settings) throws Exception {
        TlsContexts tls = new TlsContexts(vertx, settings);
        await(tls.load());
        ExecutorService clients = Executors.newSingleThreadExecutor();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                rpc = new RemotingRpc(vertx, Limits.STANDARD, tls, HandlerTable::new);
                RpcServer server = listen();
                List<Socket> sockets = new ArrayList<>();
                for (int i = 0; i < 1 + round % 4; i++) {
                    sockets.add(connect(server.port(), round + i));
                }
                CyclicBarrier together = new CyclicBarrier(2);
                var left = clients.submit(() -> {
                    together.await(20, TimeUnit.SECONDS);
                    for (Socket socket : sockets) {
                        socket.close();
                    }
                    return null;
                });
                together.await(20, TimeUnit.SECONDS);
                Future<Void> ended = round % 3 == 0 ? rpc.close() : server.close();
                await(ended);
                left.get(20, TimeUnit.SECONDS);
                await(rpc.close());
            }
        } finally {
            clients.shutdownNow();
            tls.close();
        }
    }

    /** A connection on which nothing came, or the beginning of a handshake. */
    private static Socket connect(int port, int kind) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        if (kind % 2 == 1) {
            socket.getOutputStream().write(0x16);
        }
        return socket;
    }
}
