package io.vledger.acceptance.client;

import io.netty.channel.ChannelHandlerContext;
import io.vledger.acceptance.line.Line;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyRemotingClient;
import org.apache.rocketmq.remoting.netty.NettyRequestProcessor;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;

/**
 * Sends requests as they are written in the command through RocketMQ's own remoting client, and keeps what a broker asks of the client.
 *
 * <p>{@code request address= code= [connection=] [timeoutMs=] [body=] [field.NAME=]…} answers {@code code}, {@code remark},
 * {@code field.NAME}… and {@code body}; {@code calls connection=} answers what a broker has sent over that connection so far, as
 * {@code call.N}. Bodies are text in which each character is a byte.
 */
final class RawCommands {
    private static final String FIELD = "field.";
    private static final long TIMEOUT_MS = 15_000;
    private static final List<Integer> TO_CLIENTS = List.of(
            RequestCode.CHECK_TRANSACTION_STATE,
            RequestCode.NOTIFY_CONSUMER_IDS_CHANGED,
            RequestCode.RESET_CONSUMER_CLIENT_OFFSET,
            RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT,
            RequestCode.GET_CONSUMER_RUNNING_INFO,
            RequestCode.CONSUME_MESSAGE_DIRECTLY,
            RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT,
            RequestCode.NOTIFY_UNSUBSCRIBE_LITE);

    private final Map<String, Connection> connections = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    void addTo(Map<String, Command> commands) {
        commands.put("request", this::request);
        commands.put("calls", this::calls);
        commands.put("answer", this::setAnswer);
    }

    private Connection connection(Line line) {
        return connections.computeIfAbsent(line.text("connection", "raw"), name -> new Connection(threads));
    }

    private Line request(Line line) throws Exception {
        RemotingCommand command = RemotingCommand.createRequestCommand((int) line.number("code"), null);
        command.setVersion((int) line.number("version", MQVersion.CURRENT_VERSION));
        HashMap<String, String> fields = new HashMap<>();
        line.values().forEach((name, value) -> {
            if (name.startsWith(FIELD)) {
                fields.put(name.substring(FIELD.length()), value);
            }
        });
        command.setExtFields(fields);
        String body = line.values().get("body");
        if (body != null) {
            command.setBody(body.getBytes(StandardCharsets.ISO_8859_1));
        }
        NettyRemotingClient client = connection(line).client;
        if (line.flag("oneway")) {
            client.invokeOneway(line.text("address"), command, TIMEOUT_MS);
            return Line.of(line.number(), Line.OK);
        }
        RemotingCommand response =
                client.invokeSync(line.text("address"), command, line.number("timeoutMs", TIMEOUT_MS));
        Map<String, String> values = new LinkedHashMap<>();
        values.put("code", Integer.toString(response.getCode()));
        if (response.getRemark() != null) {
            values.put("remark", response.getRemark());
        }
        if (response.getExtFields() != null) {
            new TreeMap<>(response.getExtFields()).forEach((name, value) -> values.put(FIELD + name, value));
        }
        if (response.getBody() != null) {
            values.put("body", new String(response.getBody(), StandardCharsets.ISO_8859_1));
        }
        return new Line(line.number(), Line.OK, values);
    }

    /** What is answered from now on to a code that a broker sends over this connection: a code and a body. */
    private Line setAnswer(Line line) {
        connection(line).answers.put((int) line.number("to"), line);
        return Line.of(line.number(), Line.OK);
    }

    private Line calls(Line line) {
        Map<String, String> values = new LinkedHashMap<>();
        for (RemotingCommand call : connection(line).calls) {
            String body = call.getBody() == null ? "" : new String(call.getBody(), StandardCharsets.ISO_8859_1);
            Map<String, String> fields = call.getExtFields() == null ? Map.of() : new TreeMap<>(call.getExtFields());
            values.put("call." + values.size(), call.getCode() + " " + fields + " " + body);
        }
        return new Line(line.number(), Line.OK, values);
    }

    /** One client, so that its connections are its own. */
    private static final class Connection implements NettyRequestProcessor {
        private final NettyRemotingClient client;
        private final Queue<RemotingCommand> calls = new ConcurrentLinkedQueue<>();
        private final Map<Integer, Line> answers = new ConcurrentHashMap<>();

        Connection(ExecutorService threads) {
            NettyClientConfig config = new NettyClientConfig();
            config.setClientWorkerThreads(1);
            client = new NettyRemotingClient(config);
            TO_CLIENTS.forEach(code -> client.registerProcessor(code, this, threads));
            client.start();
        }

        @Override
        public RemotingCommand processRequest(ChannelHandlerContext context, RemotingCommand request) {
            calls.add(request);
            Line set = answers.get(request.getCode());
            RemotingCommand response =
                    RemotingCommand.createResponseCommand(set == null ? 0 : (int) set.number("code", 0), null);
            if (set != null && !set.text("body", "").isEmpty()) {
                response.setBody(set.text("body").getBytes(StandardCharsets.ISO_8859_1));
            }
            return response;
        }

        @Override
        public boolean rejectRequest() {
            return false;
        }
    }
}
