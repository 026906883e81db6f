package io.vledger.importer.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.importer.OldStore;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.Surveyor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OriginChangeCheckTest {
    @TempDir
    Path directory;

    private Path root;
    private Path origin;
    private OldStore old;
    private OriginManifest manifest;
    private LocalPlacement placement;

    @BeforeEach
    void takeOver() throws IOException {
        root = directory.resolve("store");
        origin = directory.resolve("vledger-g-origin");
        old = OldStore.classic(root, 0).configs();
        add(30);
        OriginLocations at = OriginLocations.of("n0", Map.of("storePathRootDir", root.toString()));
        manifest = new ManifestBuilder("g", "n0", at, 1 << 20, text -> {})
                .build(new Surveyor(at, -1).survey(), Map.of(), ManifestBuilder.KnownDigests.NONE);
        Map<Long, Path> log = new HashMap<>();
        manifest.files().forEach(file -> log.put(file.position(), old.file(file.position())));
        placement = new LocalPlacementBuilder(manifest, at, origin, text -> {}).build(log, List.of(), null);
        changeCheck().remember();
        new ManifestFiles(origin).keep(ManifestFiles.encode(manifest), placement);
    }

    private void add(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            old.add("T", i % 2, "m" + "x".repeat(200));
        }
    }

    private OriginChangeCheck changeCheck() {
        return new OriginChangeCheck(manifest, placement, root, origin, directory.resolve("vledger-g"));
    }

    /** Whatever the clock of the file system can tell apart. */
    private void ageTheTakeOver() throws IOException {
        Files.setLastModifiedTime(origin.resolve("here.json"), FileTime.fromMillis(0));
    }

    @Test
    void anOldBrokerThatWroteOnIsNoticed() throws IOException {
        assertThatCode(() -> changeCheck().check()).doesNotThrowAnyException();
        add(30);
        ageTheTakeOver();
        assertThatThrownBy(() -> changeCheck().check())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("30 messages behind position " + manifest.end())
                .hasMessageContaining(directory.resolve("vledger-g") + " and " + origin)
                .hasMessageContaining("left-behind");
        Files.createFile(origin.resolve("left-behind"));
        assertThatCode(() -> changeCheck().check()).doesNotThrowAnyException();
    }

    @Test
    void anOldBrokerThatRanAndWroteNothingIsNoMatter() throws IOException {
        ageTheTakeOver();
        Files.createFile(root.resolve("abort"));
        assertThatCode(() -> changeCheck().check()).doesNotThrowAnyException();
    }

    @Test
    void whatAnUnfinishedWriteLeftIsNoMatter() throws IOException {
        old.tear("half a message");
        ageTheTakeOver();
        assertThatCode(() -> changeCheck().check()).doesNotThrowAnyException();
    }

    @Test
    void whatLayBehindTheEndFromTheBeginningIsKnown() throws IOException {
        add(1);
        changeCheck().remember();
        assertThat(origin.resolve("left-behind")).content().startsWith("1 messages");
        ageTheTakeOver();
        assertThatCode(() -> changeCheck().check()).doesNotThrowAnyException();
    }

    @Test
    void whatWasCopiedNobodyWritesTo() throws IOException {
        Map<Long, Path> log = new HashMap<>(placement.log());
        long last = manifest.files().get(manifest.files().size() - 1).position();
        Path copy = Files.createDirectories(origin.resolve("log")).resolve("last");
        Files.copy(placement.log().get(last), copy);
        log.put(last, copy);
        placement = new LocalPlacement(log, placement.queues(), placement.keyFiles());
        add(30);
        ageTheTakeOver();
        assertThatCode(() -> changeCheck().check()).doesNotThrowAnyException();
    }
}
