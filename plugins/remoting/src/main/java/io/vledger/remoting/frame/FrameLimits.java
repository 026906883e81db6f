package io.vledger.remoting.frame;

/**
 * Bounds of one frame, checked before anything is allocated for it.
 *
 * @param maxFrameBytes longest frame taken, bytes
 * @param maxHeaderBytes longest header taken, bytes
 */
public record FrameLimits(int maxFrameBytes, int maxHeaderBytes) {}
