package dev.outrider.proxy.admin;

import java.nio.channels.FileChannel;

/// A file to send, from its beginning. Whoever has it closes it.
public record OpenFile(FileChannel channel, long bytes) {}
