package io.vledger.kernel.plugin;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Builds small plugin jars in memory, from source text. */
public final class PluginJars {
    /** The same sources make the same bytes, whenever. */
    private static final java.time.LocalDateTime SAME_TIME = java.time.LocalDateTime.of(2000, 1, 1, 0, 0);

    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    /** A jar with a descriptor. */
    public static PluginJars withDescriptor(String json) {
        PluginJars jars = new PluginJars();
        jars.entries.put("META-INF/plugin.json", json.getBytes(StandardCharsets.UTF_8));
        return jars;
    }

    /** A plugin {@code id} whose main class {@code p.Main} has this body. */
    public static PluginJars plugin(String id, String provides, String requires, String body) {
        return withDescriptor("{\"id\":\"" + id + "\",\"version\":\"1\",\"api\":1,\"main\":\"p.Main\",\"provides\":["
                        + provides + "],\"requires\":[" + requires + "]}")
                .source("p.Main", main(body));
    }

    /** Source of a plugin's main class. */
    public static String main(String body) {
        return """
               package p;
               import io.vertx.core.*;
               import io.vledger.api.plugin.*;
               import io.vledger.api.health.*;
               public class Main extends PluginVerticle {
                   static void log(String line) {
                       @SuppressWarnings("unchecked")
                       java.util.List<String> log = (java.util.List<String>) System.getProperties().get("plugin.test.log");
                       if (log != null) log.add(line);
                   }
               """
                + body + "}";
    }

    public PluginJars source(String className, String source) {
        entries.putAll(compile(className, source));
        return this;
    }

    public PluginJars entry(String name, String text) {
        entries.put(name, text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                JarEntry file = new JarEntry(entry.getKey());
                file.setTimeLocal(SAME_TIME);
                jar.putNextEntry(file);
                jar.write(entry.getValue());
                jar.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    public PluginJar bundled() {
        return read("bundled.jar", true);
    }

    public PluginJar foreign() {
        return read("foreign.jar", false);
    }

    private PluginJar read(String name, boolean bundled) {
        try {
            return PluginJar.read(name, bundled, new ByteArrayInputStream(bytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, byte[]> compile(String className, String source) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Map<String, ByteArrayOutputStream> outputs = new HashMap<>();
        StandardJavaFileManager standard = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
        JavaFileManager files = new ForwardingJavaFileManager<>(standard) {
            @Override
            public JavaFileObject getJavaFileForOutput(
                    Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
                return new SimpleJavaFileObject(URI.create("mem:///" + name.replace('.', '/') + ".class"), kind) {
                    @Override
                    public ByteArrayOutputStream openOutputStream() {
                        return outputs.computeIfAbsent(name, unused -> new ByteArrayOutputStream());
                    }
                };
            }
        };
        JavaFileObject unit =
                new SimpleJavaFileObject(
                        URI.create("mem:///" + className.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options = List.of("-classpath", System.getProperty("java.class.path"), "-proc:none");
        if (!compiler.getTask(null, files, null, options, null, List.of(unit)).call()) {
            throw new IllegalStateException("cannot compile " + className);
        }
        Map<String, byte[]> classes = new HashMap<>();
        outputs.forEach((name, bytes) -> classes.put(name.replace('.', '/') + ".class", bytes.toByteArray()));
        return classes;
    }
}
