package io.vledger.broker.access;

import io.netty.buffer.ByteBuf;
import io.vledger.access.key.Sealed;
import io.vledger.access.policy.Policies;
import io.vledger.access.policy.PolicyJson;
import io.vledger.access.policy.PolicyType;
import io.vledger.access.policy.Resource;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.StatePart;
import io.vledger.broker.state.StateText;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonWriter;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Users and what they may do, as part of the replicated state. Loop only.
 *
 * <p>Headers, by kind:
 *
 * <pre>
 * {@value #CREATE_USER}  text name, boolean super, boolean enabled, sealed password, then nothing or the user's first policies (int
 *     bytes, RocketMQ's JSON); nothing happens if there is such a user
 * {@value #UPDATE_USER}  text name, byte which (1 super, 2 enabled, 4 password), then those; nothing if there is none
 * {@value #DELETE_USER}  text name; the user's policies go too
 * {@value #PUT_POLICIES}  text name, int bytes, policies as RocketMQ's JSON, which are merged into the user's; nothing if there is no such
 *     user, or if they would be too many: requests in flight are checked against the state before the others
 * {@value #DELETE_POLICIES}  text name, then nothing for all of them, or byte type and text resource
 * {@value #OLD_USERS_TAKEN}  nothing: what an earlier broker had of users is here
 * sealed password: int key, short bytes, bytes
 * section: int users, each name, super, enabled, password; int n, each name, int bytes, policies; then a byte 1 once the users of an earlier
 *     broker were taken over, or nothing
 * </pre>
 */
public final class AccessState implements StatePart {
    static final byte CREATE_USER = 60;
    static final byte UPDATE_USER = 61;
    static final byte DELETE_USER = 62;
    static final byte PUT_POLICIES = 63;
    static final byte DELETE_POLICIES = 64;
    static final byte OLD_USERS_TAKEN = 65;

    static final int MAX_USERS = 10_000;
    private static final int MAX_POLICY_BYTES = 16 << 20;
    private static final int SUPER = 1;
    private static final int ENABLED = 2;
    private static final int PASSWORD = 4;

    private final SortedMap<String, User> users = new TreeMap<>();
    private final SortedMap<String, Policies> policies = new TreeMap<>();
    private Consumer<String> removal = name -> {};
    private boolean oldUsersTaken;
    private long version;

    /** Which differs from any before if something may have changed; of this process alone. */
    long version() {
        return version;
    }

    /** Calls a listener with the name of each user that is gone, at the latest when it is read again from a snapshot. */
    void onRemoval(Consumer<String> listener) {
        removal = listener;
    }

    /** Whether the users of an earlier broker were taken over: who deletes one of them since does not get it back. */
    boolean oldUsersTaken() {
        return oldUsersTaken;
    }

    /** The user of this name, or null. */
    @Nullable
    User user(String name) {
        return users.get(name);
    }

    /** All users by name. A view. */
    SortedMap<String, User> users() {
        return Collections.unmodifiableSortedMap(users);
    }

    /** What a user may do; null if nothing was ever said. */
    @Nullable
    Policies policies(String user) {
        return policies.get(user);
    }

    /** What users may do, by name. A view. */
    SortedMap<String, Policies> policies() {
        return Collections.unmodifiableSortedMap(policies);
    }

    @Override
    public int section() {
        return CREATE_USER;
    }

    @Override
    public boolean owns(byte kind) {
        return kind >= CREATE_USER && kind <= OLD_USERS_TAKEN;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        version++;
        switch (kind) {
            case CREATE_USER -> {
                User user = readUser(header);
                Policies first = header.isReadable() ? readPolicies(header) : Policies.NONE;
                if (users.size() < MAX_USERS && users.putIfAbsent(user.name(), user) == null && !first.isEmpty()) {
                    policies.put(user.name(), first);
                }
            }
            case UPDATE_USER -> {
                String name = StateText.read(header);
                UserChange change = readChange(header);
                users.computeIfPresent(name, (same, before) -> change.on(before));
            }
            case DELETE_USER -> {
                String name = StateText.read(header);
                users.remove(name);
                policies.remove(name);
                removal.accept(name);
            }
            case PUT_POLICIES -> {
                String name = StateText.read(header);
                Policies more = readPolicies(header);
                Policies all = policies.getOrDefault(name, Policies.NONE).with(more);
                if (users.containsKey(name) && all.size() <= Policies.MAX_ENTRIES) {
                    policies.put(name, all);
                }
            }
            case DELETE_POLICIES -> applyDelete(header);
            case OLD_USERS_TAKEN -> oldUsersTaken = true;
            default -> throw new IllegalStateException("an entry of kind " + kind);
        }
    }

    private void applyDelete(ByteBuf header) {
        String name = StateText.read(header);
        if (!header.isReadable()) {
            policies.remove(name);
            return;
        }
        PolicyType type = StateText.count(header.readByte(), 1, "types of policies") == 0
                ? PolicyType.CUSTOM
                : PolicyType.DEFAULT;
        Resource resource = Resource.parse(StateText.read(header));
        if (resource != null) {
            policies.computeIfPresent(name, (same, before) -> {
                Policies left = before.without(type, resource);
                return left.isEmpty() ? null : left;
            });
        }
    }

    @Override
    public void clear() {
        version++;
        users.keySet().forEach(removal);
        users.clear();
        policies.clear();
        oldUsersTaken = false;
    }

    @Override
    public void write(ByteBuf target) {
        target.writeInt(users.size());
        users.values().forEach(user -> writeUser(target, user));
        target.writeInt(policies.size());
        policies.forEach((name, all) -> {
            StateText.write(target, name);
            writePolicies(target, all);
        });
        if (oldUsersTaken) {
            target.writeBoolean(true);
        }
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        int count = StateText.count(source.readInt(), MAX_USERS, "users");
        for (int i = 0; i < count; i++) {
            User user = readUser(source);
            users.put(user.name(), user);
        }
        int subjects = StateText.count(source.readInt(), MAX_USERS, "users with policies");
        for (int i = 0; i < subjects; i++) {
            String name = StateText.read(source);
            policies.put(name, readPolicies(source));
        }
        oldUsersTaken = source.isReadable() && source.readBoolean();
    }

    private static User readUser(ByteBuf source) {
        return new User(StateText.read(source), source.readBoolean(), source.readBoolean(), readSealed(source));
    }

    private static void writeUser(ByteBuf target, User user) {
        StateText.write(target, user.name());
        target.writeBoolean(user.superUser()).writeBoolean(user.enabled());
        writeSealed(target, user.password());
    }

    private static UserChange readChange(ByteBuf source) {
        int which = source.readByte();
        Boolean superUser = (which & SUPER) == 0 ? null : source.readBoolean();
        Boolean enabled = (which & ENABLED) == 0 ? null : source.readBoolean();
        return new UserChange(superUser, enabled, (which & PASSWORD) == 0 ? null : readSealed(source));
    }

    private static void writeChange(ByteBuf target, UserChange change) {
        Boolean superUser = change.superUser();
        Boolean enabled = change.enabled();
        Sealed password = change.password();
        target.writeByte(
                (superUser == null ? 0 : SUPER) | (enabled == null ? 0 : ENABLED) | (password == null ? 0 : PASSWORD));
        if (superUser != null) {
            target.writeBoolean(superUser);
        }
        if (enabled != null) {
            target.writeBoolean(enabled);
        }
        if (password != null) {
            writeSealed(target, password);
        }
    }

    private static Sealed readSealed(ByteBuf source) {
        int keyId = source.readInt();
        byte[] bytes = new byte[StateText.count(source.readShort(), Sealed.MAX_BYTES, "bytes of a password")];
        source.readBytes(bytes);
        return new Sealed(keyId, bytes);
    }

    private static void writeSealed(ByteBuf target, Sealed sealed) {
        target.writeInt(sealed.keyId()).writeShort(sealed.bytes().length).writeBytes(sealed.bytes());
    }

    private static Policies readPolicies(ByteBuf source) {
        byte[] json = new byte[StateText.count(source.readInt(), MAX_POLICY_BYTES, "bytes of policies")];
        source.readBytes(json);
        try {
            return PolicyJson.read(json);
        } catch (JsonException | IllegalArgumentException unreadable) {
            throw new IllegalStateException("policies that cannot be read", unreadable);
        }
    }

    private static void writePolicies(ByteBuf target, Policies all) {
        JsonWriter json = JsonWriter.create();
        PolicyJson.write(json, "", all);
        byte[] bytes = json.toBytes();
        target.writeInt(bytes.length).writeBytes(bytes);
    }

    private static void entry(ByteBuf target, Consumer<ByteBuf> header) {
        int at = target.writerIndex();
        PartEntry.beginHeader(target, 0);
        header.accept(target);
        target.setInt(at, target.writerIndex() - at - Integer.BYTES);
        PartEntry.beginMessages(target, 0);
    }

    /** Appends an entry that creates a user with the first policies, which may be none. */
    static void writeCreate(ByteBuf target, User user, Policies first) {
        entry(target, header -> {
            writeUser(header, user);
            if (!first.isEmpty()) {
                writePolicies(header, first);
            }
        });
    }

    /** Appends an entry that ends the take-over of an earlier broker's users. */
    static void writeTaken(ByteBuf target) {
        entry(target, header -> {});
    }

    /** Appends an entry that changes a user. */
    static void writeUpdate(ByteBuf target, String name, UserChange change) {
        entry(target, header -> {
            StateText.write(header, name);
            writeChange(header, change);
        });
    }

    /** Appends an entry that deletes a user. */
    static void writeDelete(ByteBuf target, String name) {
        entry(target, header -> StateText.write(header, name));
    }

    /** Appends an entry that adds to what a user may do. */
    static void writePut(ByteBuf target, String name, Policies more) {
        entry(target, header -> {
            StateText.write(header, name);
            writePolicies(header, more);
        });
    }

    /** Appends an entry that takes back what was said of a resource; of all resources if that is null. */
    static void writeDeletePolicies(ByteBuf target, String name, PolicyType type, @Nullable Resource resource) {
        entry(target, header -> {
            StateText.write(header, name);
            if (resource != null) {
                header.writeByte(type == PolicyType.CUSTOM ? 0 : 1);
                StateText.write(header, resource.toString());
            }
        });
    }
}
