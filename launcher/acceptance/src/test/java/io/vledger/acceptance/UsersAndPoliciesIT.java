package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientFailure;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Differences;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.ManyAddresses;
import io.vledger.acceptance.fixture.RequestForms;
import io.vledger.acceptance.fixture.SideBySide;
import io.vledger.acceptance.fixture.SideBySide.Answer;
import io.vledger.acceptance.fixture.SideBySide.Pair;
import io.vledger.acceptance.fixture.SideBySide.Request;
import io.vledger.acceptance.fixture.Signer;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Access control of both generations, with clients and tools that sign as they do for RocketMQ. */
class UsersAndPoliciesIT {
    private static final String ROOT_PASSWORD = "root-password-1";
    private static final String APP_PASSWORD = "app-password-22";

    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** The least that a message of a push consumer may be invisible without being renewed. */
    private static final int INVISIBLE_MS = 10_000;

    /** How long a request may be held. */
    private static final Set<String> WAITS = Set.of("suspendTimeoutMillis", "pollTime");

    private static final int NO_PERMISSION = 16;
    private static final Request ALL_TO_GRANTED = Request.of(3006, "subject", "User:granted")
            .body("{\"policies\":[{\"entries\":[{\"actions\":[\"All\"],\"decision\":\"Allow\",\"resource\":\"*\"}],"
                    + "\"policyType\":\"Custom\"}]}");
    private static final Request G1 = Request.of(200).body("{\"groupName\":\"g1\"}");

    private final Path directory = WorkDirectory.of(UsersAndPoliciesIT.class);

    private Path key() throws IOException {
        Path file = directory.resolve("access.key");
        if (!Files.exists(file)) {
            Files.createFile(file);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            Files.writeString(file, "a key that the members share, of many characters\n");
        }
        return file;
    }

    private ClientPool clients(VledgerCluster cluster, String name, String user, String password) {
        return new ClientPool(
                cluster.nameServer(),
                WorkDirectory.create(directory.resolve(name)),
                "-Dacceptance.accessKey=" + user,
                "-Dacceptance.secretKey=" + password);
    }

    private static void makeTopics(ClientProcess root, String... names) {
        for (String name : names) {
            awaitSuccess(root, "updateTopic -c VledgerCluster -r 4 -w 4 -t " + name);
        }
    }

    /** Of a command that may be repeated: tools do not wait for a leader, nor long for an answer. */
    private static void awaitSuccess(ClientProcess root, String command) {
        Await.until(command, LIMIT, () -> root.mqadmin(command), printed -> printed.contains("success"));
    }

    private static void sendAndReceive(ClientProcess client, String topic, String name) {
        client.call("push", "name", name, "group", "g_" + topic, "topic", topic);
        client.send("topic", topic, "body", name, "count", 20);
        // Others of the topic may come again, where the leader died before their offsets were committed.
        Await.until(
                "20 bodies of " + name,
                Duration.ofSeconds(60),
                () -> client.deliveries(name),
                all -> all.stream()
                                .map(Delivery::body)
                                .filter(body -> body.startsWith(name + "-"))
                                .distinct()
                                .count()
                        == 20);
        client.stop(name);
    }

    @Test
    void usersAreMadeByToolsThenAskedForUnderLoadHeldToTheirPoliciesAndSurviveTheLeader() throws Exception {
        try (VledgerCluster cluster =
                VledgerCluster.ofThreeWithGrpc(WorkDirectory.create(directory.resolve("users")))) {
            JsonObject access = new JsonObject()
                    .put("keyFile", key().toString())
                    .put("initAuthenticationUser", "{\"username\":\"root\",\"password\":\"" + ROOT_PASSWORD + "\"}");
            cluster.nodes().forEach(node -> configure(node, access));
            cluster.electAfter(Target.ELECTION_TIMEOUT_MS);
            cluster.startAll();
            cluster.awaitReady();
            try (ClientPool roots = clients(cluster, "roots", "root", ROOT_PASSWORD);
                    ClientPool apps = clients(cluster, "apps", "app", APP_PASSWORD)) {
                ClientProcess root = roots.of(ClientRelease.V5);
                String broker = " -c VledgerCluster";
                makeTopics(root, "orders", "secrets", "rolling", "modern", "worked");
                awaitSuccess(root, "updateTopic -c VledgerCluster -r 4 -w 4 -t paid -a +message.type=TRANSACTION");
                assertThat(root.mqadmin("createUser -u app -p " + APP_PASSWORD + broker))
                        .contains("success");
                assertThat(root.mqadmin(
                                "createAcl -s User:app -r Topic:orders,Topic:rolling,Topic:modern,Topic:worked,Topic:paid,Group:g_orders,Group:g_grpc,Group:g_worked,Group:g_paid,Group:g_others -a Pub,Sub -d Allow"
                                        + broker))
                        .contains("success");
                enableUnderLoad(cluster, access, apps.of(ClientRelease.V5));
                assertThat(root.mqadmin("listUser" + broker)).contains("root", "app", "Normal");
                assertThat(root.mqadmin("getUser -u app" + broker)).contains("enable");
                assertThat(root.mqadmin("getAcl -s User:app" + broker)).contains("Topic:orders", "Group:g_orders");
                for (ClientRelease release : ClientRelease.values()) {
                    ClientProcess app = apps.of(release);
                    sendAndReceive(app, "orders", "orders_" + release);
                    assertThatThrownBy(() -> app.send("topic", "secrets", "body", "x", "count", 1))
                            .isInstanceOf(ClientFailure.class)
                            .hasMessageContaining("User:app has no permission to access Topic:secrets");
                }
                assertGrpcClientsAreHeldToTheSame(cluster);

                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                Await.until("the next leader knows them", LIMIT, () -> root.mqadmin("listAcl" + broker)
                        .contains("User:app"));
                sendAndReceive(apps.of(ClientRelease.V5), "orders", "after");
                leader.start();
                leader.awaitReady();

                awaitSuccess(root, "updateAcl -s User:app -r Topic:secrets -a Pub -d Allow" + broker);
                apps.of(ClientRelease.V4).send("topic", "secrets", "body", "x", "count", 1);
                assertThat(root.mqadmin("deleteAcl -s User:app -r Topic:secrets" + broker))
                        .contains("success");
                assertThat(root.mqadmin("getAcl -s User:app" + broker)).doesNotContain("Topic:secrets");
                awaitSuccess(root, "updateUser -u app -s disable" + broker);
                assertThatThrownBy(() -> apps.of(ClientRelease.V5).send("topic", "orders", "body", "x", "count", 1))
                        .hasMessageContaining("User:app is disabled.");
                assertThat(root.mqadmin("deleteUser -u app" + broker)).contains("success");
                assertThat(root.mqadmin("listUser" + broker)).contains("root").doesNotContain("app");
            }
            assertNoPasswordIsReadable(cluster);
            assertRefusedCallsAreAudited(cluster);
        }
    }

    private static void configure(VledgerNode node, JsonObject access) {
        node.nodeSection("access", access);
        node.addTo("grpc", "invisibleMs", INVISIBLE_MS);
        node.broker(new JsonObject().put("transactionTimeOut", 1_000).put("transactionCheckInterval", 1_000));
    }

    private void assertGrpcClientsAreHeldToTheSame(VledgerCluster cluster) {
        try (ClientProcess app = grpc(cluster, "grpc-app", APP_PASSWORD);
                ClientProcess wrong = grpc(cluster, "grpc-wrong", "another-password")) {
            // A listener that works for longer than its message is invisible, and a consumer that takes one for longer
            // and leaves it.
            app.call("push", "name", "worked", "group", "g_worked", "topic", "worked", "held", true);
            app.call("send", "topic", "worked", "prefix", "long", "count", 1);
            app.awaitBodies("worked", 1);
            Await.until("the other consumer has it", LIMIT, () -> !takenByOthers(app)
                    .isEmpty());

            app.call("push", "name", "grpc", "group", "g_grpc", "topic", "modern");
            app.call("send", "topic", "modern", "prefix", "signed", "count", 5);
            app.awaitBodies("grpc", 5);
            assertThatThrownBy(() -> app.call("send", "topic", "secrets", "prefix", "x", "count", 1))
                    .isInstanceOf(ClientFailure.class)
                    .hasMessageContaining("User:app has no permission to access Topic:secrets");
            assertThatThrownBy(() -> wrong.call("send", "topic", "modern", "prefix", "x", "count", 1))
                    .isInstanceOf(ClientFailure.class)
                    .hasMessageContaining("check signature failed.");
            assertTransactionsEnd(app);
            Await.until("what the other consumer left comes back", LIMIT, () -> takenByOthers(app)
                    .matches("long0:([2-9])"));
            app.call("release", "name", "worked");
            assertThat(app.deliveries("worked"))
                    .as("renewed while it was worked on")
                    .hasSize(1);
        }
    }

    private static String takenByOthers(ClientProcess app) {
        return app.call(
                        "receive",
                        "group",
                        "g_others",
                        "topic",
                        "worked",
                        "max",
                        1,
                        "invisibleMs",
                        INVISIBLE_MS + 3_000)
                .text("bodies");
    }

    private static void assertTransactionsEnd(ClientProcess app) {
        app.call("push", "name", "paid", "group", "g_paid", "topic", "paid");
        app.call("transact", "topic", "paid", "body", "committed", "outcome", "commit");
        app.call("transact", "topic", "paid", "body", "rolled-back", "outcome", "rollback");
        app.call("transact", "topic", "paid", "body", "asked-commit", "outcome", "none");
        app.awaitBodies("paid", 2);
        assertThat(app.deliveries("paid"))
                .extracting(Delivery::body)
                .containsExactlyInAnyOrder("committed", "asked-commit");
    }

    private ClientProcess grpc(VledgerCluster cluster, String name, String password) {
        return ClientProcess.startAtEndpoints(
                cluster.grpcEndpoints(),
                WorkDirectory.create(directory.resolve(name)),
                "-Dacceptance.accessKey=app",
                "-Dacceptance.secretKey=" + password);
    }

    /** One member after the other begins to ask for signatures and rights, while a client that signs sends. */
    private void enableUnderLoad(VledgerCluster cluster, JsonObject access, ClientProcess client) {
        LoadRun load = LoadRun.startPatient(client, "rolling", "rolling", directory);
        load.awaitMore(20);
        JsonObject enabled = access.copy().put("authenticationEnabled", true).put("authorizationEnabled", true);
        for (VledgerNode node : cluster.nodes()) {
            node.stop();
            node.nodeSection("access", enabled);
            node.start();
            node.awaitReady();
            load.awaitMore(20);
        }
        assertThat(load.failures()).isEqualTo("{}");
        load.end();
    }

    private static void assertNoPasswordIsReadable(VledgerCluster cluster) throws IOException {
        for (VledgerNode node : cluster.nodes()) {
            node.stop();
            assertThat(filesWith(node.dataDirectory(), APP_PASSWORD)).isEmpty();
            assertThat(filesWith(node.dataDirectory(), "app")).isNotEmpty();
            assertThat(node.log()).doesNotContain(APP_PASSWORD).doesNotContain(ROOT_PASSWORD);
        }
    }

    private static void assertRefusedCallsAreAudited(VledgerCluster cluster) throws IOException {
        StringBuilder all = new StringBuilder();
        for (VledgerNode node : cluster.nodes()) {
            all.append(Files.readString(node.dataDirectory().resolve("audit.log")));
        }
        assertThat(all.toString().lines().filter(line -> line.contains("\"what\":\"CALL_")))
                .anyMatch(line -> line.contains("\"who\":\"app\"") && line.contains("has no permission"))
                .anyMatch(line -> line.contains("\"who\":\"\"") && line.contains("check signature failed."));
    }

    private static List<Path> filesWith(Path directory, String text) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> holds(file, text))
                    .toList();
        }
    }

    private static boolean holds(Path file, String text) {
        try {
            byte[] head = new byte[4 << 20];
            try (var in = Files.newInputStream(file)) {
                int length = in.readNBytes(head, 0, head.length);
                return new String(head, 0, length, StandardCharsets.ISO_8859_1).contains(text);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void accountsOfRocketmq4AreAskedForAndChangedByItsTools() throws Exception {
        Path home = WorkDirectory.create(directory.resolve("acl-home"));
        Path file = Files.createDirectories(home.resolve("conf")).resolve("plain_acl.yml");
        Files.writeString(
                file,
                """
                accounts:
                - {accessKey: admin001, secretKey: secret0001, admin: true}
                - {accessKey: producer1, secretKey: secret0002, topicPerms: [plain=PUB]}
                """);
        try (VledgerCluster cluster = VledgerCluster.ofOne(WorkDirectory.create(directory.resolve("plain")))) {
            JsonObject access = new JsonObject().put("aclEnable", true).put("aclHome", home.toString());
            cluster.nodes().forEach(node -> node.nodeSection("access", access));
            cluster.startAll();
            cluster.awaitReady();
            try (ClientPool admins = clients(cluster, "admins", "admin001", "secret0001");
                    ClientPool producers = clients(cluster, "producers", "producer1", "secret0002")) {
                ClientProcess admin = admins.of(ClientRelease.V4);
                ClientProcess producer = producers.of(ClientRelease.V5);
                admin.mqadmin("updateTopic -t plain -r 4 -w 4 -c VledgerCluster");
                producer.send("topic", "plain", "body", "x", "count", 1);
                assertThatThrownBy(() -> producer.send("topic", "other", "body", "x", "count", 1))
                        .hasMessageContaining("No default permission for Topic:other");
                admin.mqadmin("updateAclConfig -c VledgerCluster -a producer1 -s secret0002 -t plain=SUB,other=PUB");
                assertThat(Files.readString(file)).contains("other=PUB");
                producer.send("topic", "other", "body", "x", "count", 1);
                assertThatThrownBy(() -> producer.send("topic", "plain", "body", "x", "count", 1))
                        .hasMessageContaining("No default permission for Topic:plain");
                assertThat(admin.mqadmin("clusterAclConfigVersion -c VledgerCluster"))
                        .contains("plain_acl.yml");
                admin.mqadmin("updateGlobalWhiteAddr -c VledgerCluster -g 10.1.2.*");
                assertThat(Files.readString(file)).contains("10.1.2.*");
                admin.mqadmin("deleteAclConfig -c VledgerCluster -a producer1");
                assertThatThrownBy(() -> producer.send("topic", "other", "body", "x", "count", 1))
                        .hasMessageContaining("No acl config for producer1");
            }
        }
    }

    @Test
    void eachRequestIsAnsweredAsByRocketmqWithEachKindOfSignatureOrDiffersForAReason() throws Exception {
        String root = "{\"username\":\"root\",\"password\":\"" + ROOT_PASSWORD + "\"}";
        String classes = "org.apache.rocketmq.auth.";
        Signer admin = new Signer("root", ROOT_PASSWORD);
        Signer granted = new Signer("granted", APP_PASSWORD);
        try (SideBySide both = SideBySide.start(
                WorkDirectory.create(directory.resolve("beside")),
                "authenticationEnabled=true",
                "authenticationProvider=" + classes + "authentication.provider.DefaultAuthenticationProvider",
                "authenticationMetadataProvider=" + classes
                        + "authentication.provider.LocalAuthenticationMetadataProvider",
                "authorizationEnabled=true",
                "authorizationProvider=" + classes + "authorization.provider.DefaultAuthorizationProvider",
                "authorizationMetadataProvider=" + classes
                        + "authorization.provider.LocalAuthorizationMetadataProvider",
                "initAuthenticationUser=" + root,
                "timerWheelEnable=true",
                "vledgerAccessKeyFile=" + key())) {
            for (Request made : List.of(
                    user("granted"),
                    user("other"),
                    ALL_TO_GRANTED,
                    Request.topic("known", 4, 6),
                    Request.topic("empty", 4, 6),
                    G1)) {
                both.done(admin.sign(made));
            }
            Differences differences = Differences.read("beside/access-differences.txt");
            Differences withoutAccess = Differences.read("beside/differences.txt");
            Set<Integer> compared = new TreeSet<>();
            try (ManyAddresses rocketmq = new ManyAddresses(both.rocketmqAddress());
                    ManyAddresses vledger = new ManyAddresses(both.vledgerAddress())) {
                for (RequestForms.Form form : forms()) {
                    Request request = filled(form.request());
                    compared.add(request.code());
                    Map<String, Request> cases = new LinkedHashMap<>();
                    cases.put("no signature", request);
                    cases.put("wrong signature", new Signer("granted", "wrong").sign(request));
                    cases.put("no right", new Signer("other", APP_PASSWORD).sign(request));
                    cases.put("right", granted.sign(request));
                    for (Map.Entry<String, Request> each : cases.entrySet()) {
                        Pair answers = new Pair(
                                rocketmq.ask(each.getValue(), NO_PERMISSION),
                                vledger.ask(each.getValue(), NO_PERMISSION));
                        differences.compareAccess(form.name() + " " + each.getKey(), answers, withoutAccess);
                    }
                }
            }
            Files.write(directory.resolve("differences.log"), differences.unexplained());
            assertThat(differences.unexplained()).isEmpty();
            assertThat(differences.unused()).isEmpty();
            assertThat(compared).as("codes that have a right").containsAll(codesWithARight());
            assertToolsCopyUsersAndPolicies(both, admin);
            assertUsersAreTakenOver(both.killRocketmq().resolve("config"), admin, granted);
        }
    }

    /** From RocketMQ's broker to ours, once when ours does not have them and once when it has. */
    private void assertToolsCopyUsersAndPolicies(SideBySide both, Signer admin) throws IOException {
        try (ClientProcess root = ClientProcess.start(
                        ClientRelease.V5,
                        both.vledgerNameServer(),
                        WorkDirectory.create(directory.resolve("copies")),
                        "-Dacceptance.accessKey=root",
                        "-Dacceptance.secretKey=" + ROOT_PASSWORD);
                ManyAddresses rocketmq = new ManyAddresses(both.rocketmqAddress());
                ManyAddresses vledger = new ManyAddresses(both.vledgerAddress())) {
            Request list = new Signer("copied", APP_PASSWORD).sign(Request.of(3005));
            String between = " -f " + both.rocketmqAddress() + " -t " + both.vledgerAddress();
            assertThat(rocketmq.ask(admin.sign(user("copied")), NO_PERMISSION).code())
                    .isZero();
            for (String[] policy : new String[][] {{"3006", "Deny"}, {"3007", "Allow"}}) {
                Request change = Request.of(Integer.parseInt(policy[0]), "subject", "User:copied")
                        .body("{\"policies\":[{\"entries\":[{\"actions\":[\"All\"],\"decision\":\"" + policy[1]
                                + "\",\"resource\":\"*\"}],\"policyType\":\"Custom\"}]}");
                assertThat(rocketmq.ask(admin.sign(change), NO_PERMISSION).code())
                        .isZero();
                assertThat(root.mqadmin("copyUser -u copied" + between)).contains("copy user of copied", "success");
                assertThat(root.mqadmin("copyAcl -s User:copied" + between))
                        .contains("copy acl of User:copied", "success");
                assertThat(vledger.ask(list, NO_PERMISSION).code())
                        .as("the password that was copied, and a policy that says %s", policy[1])
                        .isEqualTo(policy[1].equals("Allow") ? 0 : NO_PERMISSION);
            }
            assertThat(vledger.ask(new Signer("copied", "wrong").sign(Request.of(3005)), NO_PERMISSION)
                            .remark())
                    .contains("check signature failed.");
        }
    }

    /** Of a broker that was killed, by a node that is started twice. */
    private void assertUsersAreTakenOver(Path old, Signer admin, Signer granted) throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofOne(WorkDirectory.create(directory.resolve("heir")))) {
            VledgerNode node = cluster.nodes().get(0);
            node.addRocksDb();
            node.nodeSection(
                    "access",
                    new JsonObject()
                            .put("keyFile", key().toString())
                            .put("authenticationEnabled", true)
                            .put("authorizationEnabled", true)
                            .put("oldUsers", old.toString()));
            cluster.startAll();
            cluster.awaitReady();
            try (ManyAddresses clients = new ManyAddresses(node.clientAddress())) {
                Request list = Request.of(3005);
                Answer users = Await.until(
                        "users of the broker before",
                        LIMIT,
                        () -> clients.ask(admin.sign(list), NO_PERMISSION),
                        answer -> answer.code() == 0 && answer.body().contains("other"));
                assertThat(users.body()).contains("root", "granted", "other");
                assertThat(clients.ask(granted.sign(list), NO_PERMISSION).code())
                        .as("a policy that was taken over, as in the answers above")
                        .isEqualTo(0);
                Signer other = new Signer("other", APP_PASSWORD);
                assertThat(clients.ask(other.sign(list), NO_PERMISSION).code()).isEqualTo(NO_PERMISSION);
                assertThat(clients.ask(admin.sign(Request.of(3003, "username", "other")), NO_PERMISSION)
                                .code())
                        .isEqualTo(0);
            }
            node.stop();
            node.start();
            node.awaitReady();
            try (ManyAddresses clients = new ManyAddresses(node.clientAddress())) {
                assertThat(clients.ask(admin.sign(Request.of(3005)), NO_PERMISSION)
                                .body())
                        .contains("granted")
                        .doesNotContain("other");
            }
            assertThat(node.log()).containsOnlyOnce("4 users of the earlier broker are taken over");
        }
    }

    private static Request user(String name) {
        return Request.of(3001, "username", name)
                .body("{\"password\":\"" + APP_PASSWORD + "\",\"userType\":\"Normal\"}");
    }

    /** The first of each code, and what {@code BesideRocketmqIT} does not send. */
    private static List<RequestForms.Form> forms() {
        RequestForms forms = new RequestForms();
        return Stream.of("beside/requests.txt", "beside/access-requests.txt")
                .flatMap(file -> forms.read(file).stream())
                .filter(form -> form.name().matches("\\d+"))
                .toList();
    }

    /** Those of the table in the README of plugins/access, which a test there compares with the code. */
    private static Set<Integer> codesWithARight() throws IOException {
        Set<Integer> codes = new TreeSet<>();
        Pattern row = Pattern.compile("\\| [^|]+ \\| ([0-9, ]+) \\|");
        for (String line : Files.readAllLines(Path.of("../../plugins/access/README.md"))) {
            Matcher found = row.matcher(line);
            if (found.matches()) {
                Stream.of(found.group(1).split(", ")).map(Integer::valueOf).forEach(codes::add);
            }
        }
        assertThat(codes).hasSizeGreaterThan(100);
        return codes;
    }

    /** What other requests would have given, which only counts for rights as a value. */
    private static Request filled(Request request) {
        Map<String, String> fields = new LinkedHashMap<>();
        request.fields().forEach((name, value) -> fields.put(name, WAITS.contains(name) ? "0" : filled(value)));
        String body = request.body();
        return new Request(request.code(), fields, body == null ? null : filled(body));
    }

    private static String filled(String text) {
        return text.replace("$user", "u").replaceAll("\\$\\w+", "0");
    }
}
