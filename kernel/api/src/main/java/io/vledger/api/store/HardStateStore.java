package io.vledger.api.store;

import java.util.Optional;

/** Keeps the {@link HardState}. Lane only. */
public interface HardStateStore {
    /**
     * The state saved last; empty if none ever was.
     *
     * @throws StoreException.Damaged if there is one but no copy is intact
     */
    Optional<HardState> load() throws StoreException;

    /** Saves; durable on return, whatever the durability of the log. The copy before stays intact until then. */
    void save(HardState state) throws StoreException;
}
