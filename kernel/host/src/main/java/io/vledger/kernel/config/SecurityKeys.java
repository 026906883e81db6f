package io.vledger.kernel.config;

import static io.vledger.kernel.config.ConfigKey.flag;
import static io.vledger.kernel.config.ConfigKey.number;
import static io.vledger.kernel.config.ConfigKey.text;
import static io.vledger.kernel.config.ConfigKey.word;

import java.util.List;

/** The keys of HTTP and TLS: the part of {@link ConfigKeys} that says who gets in. */
final class SecurityKeys {
    /** In the order of the reference page. */
    static final List<ConfigKey> ALL = List.of(
            text(
                    "http.host",
                    "127.0.0.1",
                    "vledgerHttpHost",
                    "Address of the endpoint for health, metrics and administration."),
            number("http.port", -1L, "", -1, 65535, "vledgerHttpPort", "Its port; -1 for none."),
            text(
                            "http.token",
                            "",
                            "vledgerHttpToken",
                            "What a request that changes state must bring as `Authorization: Bearer`, 16 to 512 characters.")
                    .derivedFrom(
                            "what the first start writes into the file `http.token` of `dataDir`, readable by its user only"),
            text("http.tokenFile", "", "vledgerHttpTokenFile", "File that holds the token, instead of `http.token`.")
                    .derivedFrom("none"),
            flag(
                    "http.tls",
                    false,
                    "vledgerHttpTls",
                    "Whether HTTP is served with TLS, and no longer without, with `tls.certificate`."),
            text(
                            "http.readTokenFile",
                            "",
                            "vledgerHttpReadTokenFile",
                            "File with a token without which nobody reads, but for `/health`. Those that change state read, too.")
                    .derivedFrom("none: everybody who reaches the port reads"),
            text(
                            "http.administerTokenFile",
                            "",
                            "vledgerHttpAdministerTokenFile",
                            "File with the token that plugins need; `http.token` does not suffice for them then.")
                    .derivedFrom("none"),
            text(
                            "http.hostNames",
                            "",
                            "vledgerHttpHostNames",
                            "Names, with commas between them, by which requests that change state may call this node, beside addresses, `localhost`,"
                                    + " `http.host` and the machine's own name.")
                    .derivedFrom("none"),
            flag(
                    "http.trustLoopback",
                    false,
                    "vledgerHttpTrustLoopback",
                    "Whether every program of this machine may change state without a token. Any user of the machine can then."),
            flag(
                    "http.deployPlugins",
                    false,
                    "vledgerHttpDeployPlugins",
                    "Whether plugins may be deployed and undeployed over HTTP: who has the token can then run code here."),
            text(
                            "http.deployPluginsSignedBy",
                            "",
                            "vledgerHttpDeployPluginsSignedBy",
                            "File with certificates in PEM; a jar that is deployed over HTTP must be signed by one of them, every"
                                    + " entry of it.")
                    .derivedFrom("none: a signature is not looked at"),
            number(
                            "grpc.port",
                            -1L,
                            "",
                            -1,
                            65535,
                            "grpcServerPort",
                            "Port for RocketMQ's 5.x clients (gRPC), of all groups; -1 for none.")
                    .derivedFrom("8081 where anything asks for it: a section `grpc`, even an empty one,"
                            + " `vledgerGrpcHost`, or the option `--enable-proxy`; else none"),
            text("grpc.host", "", "vledgerGrpcHost", "Address that it is bound to.")
                    .derivedFrom("the `bindHost` of the first group"),
            number(
                    "grpc.invisibleMs",
                    60_000L,
                    "ms",
                    10_000,
                    3_600_000,
                    "defaultInvisibleTimeMills",
                    "How long a message that a push consumer works on is invisible to others; renewed before it is over while the"
                            + " consumer lives."),
            word(
                            "tls.mode",
                            "",
                            List.of("disabled", "permissive", "enforcing"),
                            "tls.server.mode",
                            "Whether clients may, or must, use TLS on the client and name service ports.")
                    .derivedFrom("`permissive` if there is a certificate, else `disabled`"),
            text(
                            "tls.certificate",
                            "",
                            "tls.server.certPath",
                            "Certificate chain of this node in PEM, or a PKCS#12 file (`.p12`, `.pfx`) with its key. Read again when"
                                    + " it changes, like the other files.")
                    .derivedFrom("none"),
            text("tls.key", "", "tls.server.keyPath", "Its private key in PEM (PKCS#8).")
                    .derivedFrom("none"),
            text(
                            "tls.keyPassword",
                            "",
                            "tls.server.keyPassword",
                            "Password of the key, or of the PKCS#12 file; shown nowhere.")
                    .derivedFrom("none"),
            text(
                            "tls.trust",
                            "",
                            "tls.server.trustCertPath",
                            "Certificates in PEM by which those of clients, and of other members, are verified.")
                    .derivedFrom("none"),
            word(
                    "tls.clientAuth",
                    "none",
                    List.of("none", "optional", "require"),
                    "tls.server.need.client.auth",
                    "Whether a client must show a certificate that `tls.trust` verifies."),
            flag(
                            "tls.members",
                            false,
                            "vledgerTlsMembers",
                            "Whether members use TLS for requests that they relay to each other's client ports.")
                    .derivedFrom(
                            "true if `tls.mode` is `enforcing`, or if `peerSecurity.tls` of all groups is `required`"),
            text(
                            "proxyProtocolFrom",
                            "",
                            "vledgerProxyProtocolFrom",
                            "Load balancers, as addresses or networks such as `10.0.0.0/8` with commas between them, whose connections to"
                                    + " the client and name service ports may begin with the PROXY protocol (1 or 2).")
                    .derivedFrom("none"),
            text(
                            "audit.file",
                            "",
                            "vledgerAuditFile",
                            "File in which every change of state is recorded, with who, from where, what and result, also refused"
                                    + " attempts.")
                    .derivedFrom("`audit.log` in `dataDir`"),
            number(
                    "audit.maxFileBytes",
                    64L << 20,
                    "bytes",
                    4096,
                    1L << 40,
                    "vledgerAuditMaxFileBytes",
                    "Above this it is closed as `audit.log.1`, and those before are numbered on."),
            number("audit.files", 10L, "", 1, 1000, "vledgerAuditFiles", "Closed files that are kept."),
            number(
                    "audit.refusalsPerSecond",
                    50L,
                    "",
                    0,
                    100_000,
                    "vledgerAuditRefusalsPerSecond",
                    "Refused attempts that are recorded each second; more are counted."));

    private SecurityKeys() {}
}
