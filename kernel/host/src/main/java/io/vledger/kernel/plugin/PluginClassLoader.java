package io.vledger.kernel.plugin;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes of one plugin from memory: its own first, except for what all plugins share.
 *
 * <p>Shared packages come from the kernel's loader. A library of a shared family that the kernel does not have (a further
 * Vert.x module, say) is taken from the plugin; types of the plugin API never are.
 */
final class PluginClassLoader extends ClassLoader {
    private static final List<String> PLATFORM = List.of("java.", "javax.", "jdk.", "sun.", "io.vledger.api.");
    private static final List<String> SHARED =
            List.of("io.vertx.", "io.netty.", "org.slf4j.", "org.jspecify.", "com.fasterxml.jackson.");

    static {
        ClassLoader.registerAsParallelCapable();
    }

    private final PluginJar jar;
    private final ProtectionDomain domain;
    private final @Nullable Manifest manifest;
    private final URLStreamHandler handler = new EntryHandler();

    PluginClassLoader(PluginJar jar, ClassLoader parent) {
        super("plugin-" + jar.descriptor().id(), parent);
        this.jar = jar;
        this.manifest = jar.manifest();
        this.domain = new ProtectionDomain(new CodeSource(url(""), (Certificate[]) null), null, this, null);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                loaded = find(name);
            }
            if (resolve) {
                resolveClass(loaded);
            }
            return loaded;
        }
    }

    private Class<?> find(String name) throws ClassNotFoundException {
        if (startsWithAny(name, PLATFORM)) {
            return getParent().loadClass(name);
        }
        byte[] bytes = jar.entry(name.replace('.', '/') + ".class");
        if (bytes == null) {
            return getParent().loadClass(name);
        }
        if (startsWithAny(name, SHARED)) {
            try {
                return getParent().loadClass(name);
            } catch (ClassNotFoundException notInTheKernel) {
                return define(name, bytes);
            }
        }
        return define(name, bytes);
    }

    private Class<?> define(String name, byte[] bytes) {
        int dot = name.lastIndexOf('.');
        if (dot > 0) {
            String packageName = name.substring(0, dot);
            if (getDefinedPackage(packageName) == null) {
                definePluginPackage(packageName);
            }
        }
        return defineClass(name, bytes, 0, bytes.length, domain);
    }

    private void definePluginPackage(String packageName) {
        Attributes main = manifest == null ? new Attributes() : manifest.getMainAttributes();
        try {
            definePackage(
                    packageName,
                    main.getValue(Attributes.Name.SPECIFICATION_TITLE),
                    main.getValue(Attributes.Name.SPECIFICATION_VERSION),
                    main.getValue(Attributes.Name.SPECIFICATION_VENDOR),
                    main.getValue(Attributes.Name.IMPLEMENTATION_TITLE),
                    main.getValue(Attributes.Name.IMPLEMENTATION_VERSION),
                    main.getValue(Attributes.Name.IMPLEMENTATION_VENDOR),
                    null);
        } catch (IllegalArgumentException definedMeanwhile) {
            if (getDefinedPackage(packageName) == null) {
                throw definedMeanwhile;
            }
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] bytes = jar.entry(name.replace('.', '/') + ".class");
        if (bytes == null) {
            throw new ClassNotFoundException(name + " is not in " + jar.name());
        }
        return define(name, bytes);
    }

    @Override
    public @Nullable URL getResource(String name) {
        URL own = findResource(name);
        return own != null ? own : getParent().getResource(name);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        List<URL> urls = new ArrayList<>();
        URL own = findResource(name);
        if (own != null) {
            urls.add(own);
        }
        urls.addAll(Collections.list(getParent().getResources(name)));
        return Collections.enumeration(urls);
    }

    @Override
    public @Nullable InputStream getResourceAsStream(String name) {
        byte[] own = jar.entry(name);
        return own != null ? new ByteArrayInputStream(own) : getParent().getResourceAsStream(name);
    }

    @Override
    protected @Nullable URL findResource(String name) {
        return jar.entry(name) == null ? null : url(name);
    }

    @Override
    protected Enumeration<URL> findResources(String name) {
        URL own = findResource(name);
        return own == null ? Collections.emptyEnumeration() : Collections.enumeration(List.of(own));
    }

    private URL url(String entry) {
        try {
            return new URL("plugin", jar.descriptor().id(), -1, "/" + entry, handler);
        } catch (MalformedURLException e) {
            throw new IllegalStateException("a URL with its own handler cannot be malformed: " + entry, e);
        }
    }

    private static boolean startsWithAny(String name, List<String> prefixes) {
        for (String prefix : prefixes) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /** Opens URLs of entries in memory. */
    private final class EntryHandler extends URLStreamHandler {
        @Override
        protected URLConnection openConnection(URL url) throws IOException {
            byte[] bytes = jar.entry(url.getPath().substring(1));
            if (bytes == null) {
                throw new IOException(url + " is not in " + jar.name());
            }
            return new URLConnection(url) {
                @Override
                public void connect() {
                    connected = true;
                }

                @Override
                public InputStream getInputStream() {
                    return new ByteArrayInputStream(bytes);
                }

                @Override
                public long getContentLengthLong() {
                    return bytes.length;
                }
            };
        }
    }
}
