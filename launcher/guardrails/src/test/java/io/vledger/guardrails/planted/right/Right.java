package io.vledger.guardrails.planted.right;

import io.vledger.guardrails.planted.left.Left;

/**
 * Uses the other half back, and is innocent else.
 *
 * @param left the other half
 */
public record Right(Left left) {}
