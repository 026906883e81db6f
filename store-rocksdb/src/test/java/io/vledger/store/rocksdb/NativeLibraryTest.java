package io.vledger.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreProvider;
import io.vledger.api.store.StoreProvider.StoreSpec;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;

/** The library is loaded anew for each deployment of the plugin, and leaves no file behind. */
class NativeLibraryTest {
    @TempDir
    Path data;

    /** As the kernel makes one for a plugin: its own classes first. */
    private static final class OwnFirst extends URLClassLoader {
        OwnFirst() {
            super(new URL[] {place(RocksStoreProvider.class), place(RocksDB.class)}, OwnFirst.class.getClassLoader());
        }

        private static URL place(Class<?> of) {
            return of.getProtectionDomain().getCodeSource().getLocation();
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded == null
                        && (name.startsWith("org.rocksdb.") || name.startsWith("io.vledger.store.rocksdb."))) {
                    loaded = findClass(name);
                }
                return loaded == null ? super.loadClass(name, resolve) : loaded;
            }
        }

        private Class<?> ours(String name) throws ClassNotFoundException {
            return loadClass("io.vledger.store.rocksdb." + name);
        }

        StoreProvider provider(Path data) throws ReflectiveOperationException {
            Method load = ours("NativeLibrary").getDeclaredMethod("load", Path.class);
            load.setAccessible(true);
            load.invoke(null, data);
            Method memory = ours("SharedMemory").getDeclaredMethod("from", JsonObject.class);
            memory.setAccessible(true);
            Constructor<?> made = ours("RocksStoreProvider").getDeclaredConstructor(ours("SharedMemory"));
            made.setAccessible(true);
            return (StoreProvider) made.newInstance(memory.invoke(null, new JsonObject()));
        }
    }

    private StoreSpec spec(String group) {
        return new StoreSpec(data.resolve(group), group, "n0", 1 << 20, LogBase.EMPTY, new JsonObject());
    }

    @Test
    void eachDeploymentLoadsItsOwnAndOpensWhatTheOneBeforeHadOpen() throws Exception {
        Files.createDirectories(data.resolve("native").resolve("rocksdb-of-a-killed-process"));
        for (int deployment = 0; deployment < 3; deployment++) {
            try (OwnFirst loader = new OwnFirst()) {
                StoreProvider provider = loader.provider(data);
                assertThat(provider.getClass()).isNotEqualTo(RocksStoreProvider.class);
                try (GroupStore store = provider.open(spec("group"));
                        GroupStore other = provider.open(spec("other"))) {
                    assertThat(store.log().recovery().fresh()).isEqualTo(deployment == 0);
                    assertThat(other.log().lastIndex()).isZero();
                }
                ((AutoCloseable) provider).close();
            }
            assertThat(data.resolve("native")).doesNotExist();
        }
    }

    @Test
    void twoDeploymentsServeSideBySide() throws Exception {
        try (OwnFirst one = new OwnFirst();
                OwnFirst other = new OwnFirst()) {
            StoreProvider first = one.provider(data);
            StoreProvider second = other.provider(data);
            try (GroupStore a = first.open(spec("a"));
                    GroupStore b = second.open(spec("b"))) {
                assertThat(a.log().lastIndex() + b.log().lastIndex()).isZero();
            }
            ((AutoCloseable) first).close();
            ((AutoCloseable) second).close();
        } catch (IOException e) {
            throw new AssertionError("a loader could not be closed", e);
        }
    }
}
