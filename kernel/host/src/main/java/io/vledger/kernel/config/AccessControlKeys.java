package io.vledger.kernel.config;

import static io.vledger.kernel.config.ConfigKey.flag;
import static io.vledger.kernel.config.ConfigKey.text;

import java.util.List;

/** The keys of access control in the table of {@link ConfigKeys}. */
final class AccessControlKeys {
    static final List<ConfigKey> ALL = List.of(
            text(
                            "access.keyFile",
                            "",
                            "vledgerAccessKeyFile",
                            "File with the key of access control, 32 characters or more, the same on all members; two lines while"
                                    + " one replaces the other. Seals passwords in the log and in snapshots, and proves to members who they are.")
                    .derivedFrom("the `peerSecurity.secretFile` of all groups, if it is one"),
            flag(
                    "access.aclEnable",
                    false,
                    "aclEnable",
                    "Whether accounts of RocketMQ 4's ACL (`plain_acl.yml`) are asked for, and held to their permissions."),
            text("access.aclHome", "", "vledgerAclHome", "Directory that has `conf/plain_acl.yml` and `conf/acl`.")
                    .derivedFrom("`-Drocketmq.home.dir`, `ROCKETMQ_HOME`, or the directory above this file's"),
            flag(
                    "access.authenticationEnabled",
                    false,
                    "authenticationEnabled",
                    "Whether requests must be signed by a user of RocketMQ 5's access control."),
            flag(
                    "access.authorizationEnabled",
                    false,
                    "authorizationEnabled",
                    "Whether users need rights, beside being who they say."),
            text(
                            "access.initAuthenticationUser",
                            "",
                            "initAuthenticationUser",
                            "Super user that is made if there is none of this name: `{\"username\":\"a\",\"password\":\"b\"}`. Shown nowhere.")
                    .derivedFrom("none"),
            text(
                            "access.innerClientAuthenticationCredentials",
                            "",
                            "innerClientAuthenticationCredentials",
                            "As `initAuthenticationUser`, with `accessKey` and `secretKey`; members themselves do not use it.")
                    .derivedFrom("none"),
            text(
                            "access.authenticationWhitelist",
                            "",
                            "authenticationWhitelist",
                            "Request codes that need no signature, with commas between.")
                    .derivedFrom("none"),
            text(
                            "access.authorizationWhitelist",
                            "",
                            "authorizationWhitelist",
                            "Request codes that need no right, with commas between.")
                    .derivedFrom("none"),
            flag(
                    "access.migrateAuthFromV1Enabled",
                    false,
                    "migrateAuthFromV1Enabled",
                    "Whether accounts of `plain_acl.yml` become users, as far as there is none of their name."),
            text(
                            "access.oldUsers",
                            "",
                            "vledgerOldUsers",
                            "Directory `config` in the store that an earlier broker of RocketMQ 5 has left: its users and policies are taken"
                                    + " over once. Needs `store-rocksdb.jar` in the plugin directory.")
                    .derivedFrom("none"));

    private AccessControlKeys() {}
}
