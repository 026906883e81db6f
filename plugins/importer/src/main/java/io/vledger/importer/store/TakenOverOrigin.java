package io.vledger.importer.store;

import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.Origin;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.OriginManifest;
import java.nio.file.Path;

/** A manifest with this node's files. Immutable. */
public final class TakenOverOrigin implements Origin {
    private final OriginManifest manifest;
    private final LocalPlacement placement;
    private final Path directory;
    private final String identity;
    private final OriginSettings settings;
    private final PeerCopies peers;

    /**
     * Of one node.
     *
     * @param directory the origin's own directory
     * @param settings the old broker's
     * @param peers which members may have intact copies of what is damaged on this node
     */
    public TakenOverOrigin(
            OriginManifest manifest,
            LocalPlacement placement,
            Path directory,
            String identity,
            OriginSettings settings,
            PeerCopies peers) {
        this.manifest = manifest;
        this.placement = placement;
        this.directory = directory;
        this.identity = identity;
        this.settings = settings;
        this.peers = peers;
    }

    @Override
    public LogBase base() {
        return new LogBase(0, 0, manifest.position());
    }

    @Override
    public String identity() {
        return identity;
    }

    @Override
    public InitialState initialState() {
        return manifest.state();
    }

    @Override
    public GroupStore continuedBy(GroupStore own) throws StoreException {
        return new ContinuedStore(manifest, placement, directory, settings, peers, own, System.currentTimeMillis());
    }
}
