package io.vledger.importer.inspect;

import io.vledger.importer.inspect.Finding.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Collects findings in the order in which they are made. One thread. */
public final class Findings {
    private final List<Finding> all = new ArrayList<>();

    /** Adds one. */
    public void add(Kind kind, String text) {
        all.add(new Finding(kind, text));
    }

    /** Adds what a person should know. */
    public void note(String text) {
        add(Kind.NOTE, text);
    }

    /** Adds notes. */
    public void notes(Collection<String> texts) {
        texts.forEach(this::note);
    }

    /** All of them so far. */
    public List<Finding> list() {
        return List.copyOf(all);
    }
}
