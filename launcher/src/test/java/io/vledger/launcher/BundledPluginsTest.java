package io.vledger.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.kernel.plugin.PluginException;
import io.vledger.kernel.plugin.PluginJar;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node deploys what it needs; of a plugin that serves what nobody asked for, 5.x clients for one, it reads the descriptor and no more. */
class BundledPluginsTest {
    @TempDir
    Path location;

    @BeforeEach
    void bundle() throws IOException {
        Files.createDirectory(location.resolve("bundled-plugins"));
        add("broker", jar("broker", false));
        add("grpc", jar("grpc", true));
    }

    private void add(String id, byte[] jar) throws IOException {
        Files.write(location.resolve("bundled-plugins").resolve(id + ".jar"), jar);
    }

    private static byte[] jar(String id, boolean optional) throws IOException {
        String descriptor =
                "{\"id\":\"%s\",\"version\":\"1\",\"api\":1,\"main\":\"a.Main\",\"provides\":[],\"requires\":[],\"deploys\":[\"it\"],\"hot\":true,\"optional\":%s}"
                        .formatted(id, optional);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("META-INF/plugin.json"));
            zip.write(descriptor.getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry("a/Main.class"));
            zip.write(new byte[1000]);
        }
        return bytes.toByteArray();
    }

    private List<String> wanted(Set<String> configured) {
        return BundledPlugins.wanted(location, BundledPlugins.read(location), configured).stream()
                .map(jar -> jar.descriptor().id())
                .toList();
    }

    @Test
    void anOptionalPluginIsDeployedWhereTheConfigurationHasASectionForIt() {
        assertThat(wanted(Set.of())).containsExactly("broker");
        assertThat(wanted(Set.of("http"))).containsExactly("broker");
        assertThat(wanted(Set.of("grpc"))).containsExactly("broker", "grpc");
    }

    @Test
    void nothingBehindTheDescriptorOfAnOptionalPluginIsReadBefore() throws IOException {
        byte[] good = jar("grpc", true);
        int behind = new String(good, StandardCharsets.ISO_8859_1).indexOf("a/Main.class") + "a/Main.class".length();
        byte[] damaged = good.clone();
        Arrays.fill(damaged, behind, damaged.length, (byte) 0xff);
        add("grpc", damaged);
        assertThat(BundledPlugins.read(location)).extracting(PluginJar::whole).containsExactly(true, false);
        assertThat(wanted(Set.of())).containsExactly("broker");
        assertThatThrownBy(() -> wanted(Set.of("grpc")))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("damaged");
    }
}
