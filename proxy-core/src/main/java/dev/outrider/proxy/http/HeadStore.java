package dev.outrider.proxy.http;

/// The two arrays behind one head. Recycled by [HeadStores]; the contents mean nothing to it.
///
/// @param sizeClass free list it goes back to; -1 if it is too large to be kept
@SuppressWarnings("ArrayRecordComponent") // identity only
record HeadStore(byte[] bytes, int[] lines, int sizeClass) {}
