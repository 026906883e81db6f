package io.vledger.store.mmap;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Gives the address range of a memory map back at once, rather than when the collector gets to it. Java 17 has no supported
 * way; where the unsupported one is closed, maps go with the collector.
 */
final class Unmapper {
    private static final @Nullable MethodHandle INVOKE_CLEANER = find();

    private Unmapper() {}

    private static @Nullable MethodHandle find() {
        try {
            Class<?> unsafe = Class.forName("sun.misc.Unsafe");
            Field field = unsafe.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return MethodHandles.lookup()
                    .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                    .bindTo(field.get(null));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    /** Unmaps. The buffer must not be touched afterwards, or the process dies: the caller keeps all readers out. */
    @SuppressWarnings("CatchAndPrintStackTrace")
    static void unmap(ByteBuffer map) {
        if (INVOKE_CLEANER == null) {
            return;
        }
        try {
            INVOKE_CLEANER.invokeExact(map);
        } catch (Throwable e) {
            LoggerFactory.getLogger(Unmapper.class).debug("a memory map is left to the collector", e);
        }
    }
}
