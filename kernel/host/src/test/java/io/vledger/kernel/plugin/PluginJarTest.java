package io.vledger.kernel.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PluginJarTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            no json                                        | is not a JSON object
            {"api":1,"main":"a.B"}                         | id = null: must be lower case letters, digits and -
            {"id":"A b","api":1,"main":"a.B"}              | id = A b: must be lower case letters
            {"id":"a","api":2,"main":"a.B"}                | plugin a was built for plugin API 2, this node offers 1
            {"id":"a","main":"a.B"}                        | plugin a was built for plugin API null
            {"id":"a","api":1}                             | main = null: must be the name of a class
            {"id":"a","api":1,"main":"a.B","provides":"x"} | provides = x: must be a list of texts
            {"id":"a","api":1,"main":"a.B","requires":[5]} | requires = 5: must be the name of a type
            {"id":"a","api":1,"main":"a.B","hot":"yes"}    | hot = yes: must be true or false
            {"id":"a","api":1,"main":"a.B","x":1}          | has unknown keys [x]
            """)
    void aWrongDescriptorIsRefused(String json, String problem) {
        assertThatThrownBy(() -> PluginJars.withDescriptor(json).foreign())
                .isInstanceOf(PluginException.class)
                .hasMessageStartingWith("foreign.jar: ")
                .hasMessageContaining(problem);
    }

    @Test
    void whatIsNoPluginIsRefused() throws Exception {
        assertThatThrownBy(() -> PluginJar.read("x.jar", false, new ByteArrayInputStream(new byte[1000])))
                .hasMessageContaining("is not a jar");
        Files.writeString(directory.resolve("a.jar"), "no zip");
        Files.write(
                directory.resolve("b.jar"), PluginJars.plugin("b", "", "", "").bytes());
        Files.writeString(directory.resolve("c.txt"), "left alone");
        PluginAdmin operations = new PluginAdmin(directory);
        assertThat(operations.readDirectory())
                .singleElement()
                .satisfies(jar -> assertThat(jar.descriptor().id()).isEqualTo("b"));
        assertThat(operations.refused()).singleElement().satisfies(refused -> {
            assertThat(refused.id()).isEqualTo("a.jar");
            assertThat(refused.cause()).contains("is not a jar");
        });
        assertThat(new PluginAdmin(directory.resolve("absent")).readDirectory()).isEmpty();
    }
}
