package io.vledger.access.plain;

import io.vledger.access.rights.Action;
import io.vledger.access.rights.Need;
import io.vledger.access.rights.ResourceKind;
import io.vledger.protocol.TopicNames;
import java.net.InetAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What all files of ACL 1.0 together say. Immutable. */
public final class PlainRules {
    /** Nobody is let in. */
    public static final PlainRules NOBODY = new PlainRules(List.of(), List.of());

    private final List<String> whiteAddresses;
    private final List<AddressRange> white;
    private final Map<String, PlainAccount> accounts = new LinkedHashMap<>();
    private final Map<String, AddressRange> whiteOf = new LinkedHashMap<>();

    /**
     * Rules.
     *
     * @param whiteAddresses from which everybody is let in, as written
     * @param accounts of two with one name the first counts
     * @throws IllegalArgumentException if an address cannot be read
     */
    public PlainRules(List<String> whiteAddresses, List<PlainAccount> accounts) {
        this.whiteAddresses = List.copyOf(whiteAddresses);
        this.white = whiteAddresses.stream().map(AddressRange::parse).toList();
        for (PlainAccount account : accounts) {
            if (this.accounts.putIfAbsent(account.accessKey(), account) == null) {
                whiteOf.put(account.accessKey(), AddressRange.parse(account.whiteRemoteAddress()));
            }
        }
    }

    /** The account of this name, or null. */
    public @Nullable PlainAccount account(String accessKey) {
        return accounts.get(accessKey);
    }

    /** All accounts, in the order of the files. A view. */
    public Map<String, PlainAccount> accounts() {
        return Collections.unmodifiableMap(accounts);
    }

    /** The addresses from which everybody is let in, as written. */
    public List<String> whiteAddresses() {
        return whiteAddresses;
    }

    /** Whether everybody at this address is let in. */
    public boolean letsIn(InetAddress address) {
        return white.stream().anyMatch(range -> range.contains(address));
    }

    /** Whether a client at this address may be an account without a signature. */
    public boolean letsIn(String accessKey, InetAddress address) {
        AddressRange range = whiteOf.get(accessKey);
        return range != null && range.contains(address);
    }

    /**
     * Whether an account may send a request.
     *
     * @param needs what the request needs, by the table of RocketMQ 5; what it asks or changes there beyond sending and consuming is
     *     for administrators here, or for consumers of the group
     * @return null if so, else why not
     */
    public @Nullable String refusal(PlainAccount account, List<Need> needs) {
        if (account.unlimited()) {
            return null;
        }
        for (Need need : needs) {
            String why = traces(need) ? null : refusal(account, need);
            if (why != null) {
                return why;
            }
        }
        return null;
    }

    /** Clients trace without having been given a right. */
    private static boolean traces(Need need) {
        return need.name().equals(TopicNames.TRACE) && need.actions().contains(Action.PUB);
    }

    private static @Nullable String refusal(PlainAccount account, Need need) {
        Set<Action> actions = need.actions();
        boolean uses = actions.contains(Action.PUB) || actions.contains(Action.SUB);
        if (!uses && actions.stream().allMatch(action -> action == Action.GET || action == Action.LIST)) {
            return null;
        }
        boolean administers = need.kind() == ResourceKind.CLUSTER
                || actions.contains(Action.CREATE)
                || actions.contains(Action.DELETE);
        if (!uses && administers) {
            return account.admin() ? null : "Need admin permission for " + need;
        }
        PlainPermission owned = account.on(need.kind(), need.name());
        boolean granted = (actions.contains(Action.PUB) && owned.pub())
                || ((actions.contains(Action.SUB) || actions.contains(Action.UPDATE)) && owned.sub());
        return granted ? null : "No default permission for " + need;
    }
}
