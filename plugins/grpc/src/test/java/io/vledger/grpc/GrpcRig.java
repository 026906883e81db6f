package io.vledger.grpc;

import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageQueue;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SystemProperties;
import com.google.protobuf.ByteString;
import io.vertx.core.Vertx;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.rpc.CallAccess;
import io.vledger.api.rpc.RequestSigner;
import io.vledger.grpc.broker.BrokerLinks;
import io.vledger.grpc.call.CallGate;
import io.vledger.grpc.message.Times;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The service before a broker whose answers a test sets, and clients that call it byte by byte. A field with {@code RegisterExtension}: made
 * for each test, listening before it, closed after it.
 */
final class GrpcRig implements BeforeEachCallback, AfterEachCallback {
    private static final long LIMIT_SECONDS = 20;

    private final Vertx vertx = Vertx.vertx();
    private final FakeBroker broker = new FakeBroker(vertx);
    private final List<Throwable> unexpected = new CopyOnWriteArrayList<>();
    private final Map<String, RawGrpcClient> clients = new HashMap<>();
    private final CallGate gate;
    private final BrokerLinks.Access access;
    private int port;

    /** Anybody may call. */
    GrpcRig() {
        this(FakeAccess.OPEN, AuditLog.NONE, null);
    }

    /**
     * Under access control.
     *
     * @param signer for what the node asks for itself; null for none
     */
    GrpcRig(CallAccess calls, AuditLog audit, @Nullable RequestSigner signer) {
        gate = new CallGate(vertx, () -> calls, audit);
        access = new BrokerLinks.Access(gate::checks, () -> signer);
        vertx.exceptionHandler(unexpected::add);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        port = TestServices.listen(vertx, broker, gate, access);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        broker.rpc().close().await(LIMIT_SECONDS, TimeUnit.SECONDS);
        vertx.close().await(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    Vertx vertx() {
        return vertx;
    }

    FakeBroker broker() {
        return broker;
    }

    /** Where it listens, on the loopback address. */
    int port() {
        return port;
    }

    /** What nothing caught so far. */
    List<Throwable> unexpected() {
        return unexpected;
    }

    /** A client without further metadata than an id; always the same. */
    RawGrpcClient client() {
        return clients.computeIfAbsent("client-1", id -> client(id, Map.of()));
    }

    /** Another client; without an id where that is empty. */
    RawGrpcClient client(String id, Map<String, String> headers) {
        return new RawGrpcClient(vertx, port, id, headers);
    }

    static Resource named(String name) {
        return Resource.newBuilder().setName(name).build();
    }

    /** A message with the id 01ID, of a message group unless that is empty. */
    static Message message(String topic, String messageGroup) {
        SystemProperties.Builder system = SystemProperties.newBuilder().setMessageId("01ID");
        if (!messageGroup.isEmpty()) {
            system.setMessageGroup(messageGroup);
        }
        return Message.newBuilder()
                .setTopic(named(topic))
                .setBody(ByteString.copyFromUtf8("the body"))
                .setSystemProperties(system)
                .build();
    }

    /** Of a group g, one message. */
    static ReceiveMessageRequest.Builder receive(String topic, long invisibleMs) {
        return ReceiveMessageRequest.newBuilder()
                .setGroup(named("g"))
                .setMessageQueue(MessageQueue.newBuilder().setTopic(named(topic)))
                .setBatchSize(1)
                .setInvisibleDuration(Times.duration(invisibleMs));
    }
}
