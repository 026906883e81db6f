package io.vledger.store.common;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.StoreException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    @TempDir
    Path directory;

    @Test
    void aDirectoryHasOneOwnerAndTheRefusalNamesIt() throws Exception {
        Path group = directory.resolve("group");
        DirectoryLock lock = DirectoryLock.take(group, "node n0");
        assertThatThrownBy(() -> DirectoryLock.take(group, "node n1"))
                .isInstanceOf(StoreException.Foreign.class)
                .hasMessageContaining("is in use by node n0");
        lock.close();
        DirectoryLock.take(group, "node n1").close();
    }
}
