package io.vledger.importer.survey;

import java.util.List;

/**
 * Whether the members of a group can start together, and what would happen.
 *
 * @param go whether they can
 * @param steps what would happen, in order
 * @param obstacles why they cannot; empty if they can
 * @param copyBytes bytes that members would take from others
 */
public record Verdict(boolean go, List<String> steps, List<String> obstacles, long copyBytes) {}
