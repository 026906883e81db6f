package io.vledger.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.guardrails.KnownVulnerabilities.Library;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** No library that the project carries is of a version in which a vulnerability is known; see CONTRIBUTING. */
class KnownVulnerabilitiesTest {
    private static List<String> list() throws IOException {
        try (InputStream in = Objects.requireNonNull(
                KnownVulnerabilitiesTest.class.getResourceAsStream("/known-vulnerabilities.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    /** This module stands on every module that is delivered. */
    private static List<Library> carried() {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return KnownVulnerabilities.libraries(List.of(classPath.split(File.pathSeparator)));
    }

    @Test
    void noLibraryIsOfAVersionInWhichAVulnerabilityIsKnown() throws IOException {
        List<Library> carried = carried();
        assertThat(carried)
                .extracting(Library::artifact)
                .contains("netty-handler", "netty-codec-http", "vertx-core", "hazelcast", "logback-core", "rocksdbjni");
        assertThat(new KnownVulnerabilities(list()).in(carried)).isEmpty();
    }

    @Test
    void allOfNettyIsOfOneVersion() {
        assertThat(carried().stream()
                        .filter(library -> library.group().equals("io.netty"))
                        .filter(library -> !library.artifact().startsWith("netty-tcnative"))
                        .map(Library::version)
                        .distinct())
                .hasSize(1);
    }

    @Test
    void aVulnerableVersionIsFound() throws IOException {
        List<Library> old = KnownVulnerabilities.libraries(
                List.of(
                        "/home/x/.m2/repository/io/netty/netty-transport-classes-epoll/4.2.12.Final/netty-transport-classes-epoll-4.2.12.Final.jar"));
        assertThat(old).containsExactly(new Library("io.netty", "netty-transport-classes-epoll", "4.2.12.Final"));
        assertThat(new KnownVulnerabilities(list()).in(old)).anyMatch(line -> line.contains("CVE-2026-42577"));
    }

    @Test
    void versionsAreComparedAsNumbers() {
        assertThat(KnownVulnerabilities.compare("4.2.9.Final", "4.2.13.Final")).isNegative();
        assertThat(KnownVulnerabilities.compare("5.3.5", "5.3.5")).isZero();
        assertThat(KnownVulnerabilities.compare("1.5.13", "1.5.9")).isPositive();
        assertThat(KnownVulnerabilities.compare("4.0", "4.0.1")).isNegative();
    }
}
