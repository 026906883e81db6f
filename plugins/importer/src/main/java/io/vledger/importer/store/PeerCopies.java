package io.vledger.importer.store;

import java.io.IOException;
import java.util.List;

/** What other members have of an old log. Safe for use by any thread. */
public interface PeerCopies {
    /** No members. */
    PeerCopies NONE = new PeerCopies() {
        @Override
        public List<String> members() {
            return List.of();
        }

        @Override
        public void start(Runnable work) {
            throw new IllegalStateException("there is nobody to ask");
        }

        @Override
        public byte[] read(String member, long file, long from, int length) throws IOException {
            throw new IOException("there is no member " + member);
        }
    };

    /** The members that can be asked. */
    List<String> members();

    /** Runs work that may wait, on another thread, soon; never if this node is stopping. */
    void start(Runnable work);

    /**
     * Bytes of a member's log file, unverified. Blocks.
     *
     * @param file position of the file's first byte
     * @param from where in the file
     * @param length how many, of which any number may come
     */
    byte[] read(String member, long file, long from, int length) throws IOException;
}
