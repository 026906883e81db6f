package io.vledger.importer.base;

import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.Origin;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.importer.store.ContinuedStore;
import io.vledger.importer.store.OldSettings;
import io.vledger.importer.store.PeerCopies;
import java.nio.file.Path;

/** A base with this node's files. Immutable. */
public final class OldOrigin implements Origin {
    private final Base base;
    private final Here here;
    private final Path directory;
    private final String identity;
    private final OldSettings settings;
    private final PeerCopies peers;

    /**
     * Of one node.
     *
     * @param directory the origin's own directory
     * @param settings the old broker's
     * @param peers who may have intact what is damaged here
     */
    public OldOrigin(Base base, Here here, Path directory, String identity, OldSettings settings, PeerCopies peers) {
        this.base = base;
        this.here = here;
        this.directory = directory;
        this.identity = identity;
        this.settings = settings;
        this.peers = peers;
    }

    @Override
    public LogBase base() {
        return new LogBase(0, 0, base.position());
    }

    @Override
    public String identity() {
        return identity;
    }

    @Override
    public InitialState initialState() {
        return base.state();
    }

    @Override
    public GroupStore continuedBy(GroupStore own) throws StoreException {
        return new ContinuedStore(base, here, directory, settings, peers, own, System.currentTimeMillis());
    }
}
