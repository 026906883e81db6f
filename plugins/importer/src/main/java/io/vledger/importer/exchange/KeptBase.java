package io.vledger.importer.exchange;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.base.Base;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The maker that is used outside tests. Making a base is not there yet: old data is refused. */
final class KeptBase implements BaseMaker {
    private final String group;

    KeptBase(String node, GroupConfig config) {
        this.group = config.name() + " on " + node;
    }

    @Override
    public Optional<Ready> ready() {
        return Optional.empty();
    }

    @Override
    public byte[] make(Map<String, Map<String, String>> others, Consumer<String> progress) throws IOException {
        throw new IOException("group " + group + ": an old broker's data cannot be taken over yet");
    }

    @Override
    public Base read(byte[] json) throws IOException {
        throw new IOException("group " + group + ": an old broker's data cannot be taken over yet");
    }

    @Override
    public String identity(byte[] json) {
        return "";
    }

    @Override
    public Ready settle(byte[] json, Map<Long, Path> log, List<Path> keyFiles, Consumer<String> progress)
            throws IOException {
        throw new IOException("group " + group + ": an old broker's data cannot be taken over yet");
    }
}
