package dev.outrider.proxy.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much of the memory of the control group is used, of either version. In the background.
///
/// @param root of the file system, in which `sys` is
/// @param mostBytes if that is less than the group may have; 0 = what the group may have
record CgroupMemory(Path root, long mostBytes) {
  private static final String SECOND = "sys/fs/cgroup/memory.";
  private static final String FIRST = "sys/fs/cgroup/memory/memory.";

  /// 0 and more; 0 where there is no limit.
  double look() throws IOException {
    var second = Files.exists(root.resolve(SECOND + "current"));
    var used = bytes(second ? SECOND + "current" : FIRST + "usage_in_bytes");
    var most = bytes(second ? SECOND + "max" : FIRST + "limit_in_bytes");
    if (mostBytes > 0) {
      most = Math.min(most, mostBytes);
    }
    return most <= 0 ? 1 : most == Long.MAX_VALUE ? 0 : (double) used / most;
  }

  /// `max` and what no long can hold mean that there is no limit.
  private long bytes(String path) throws IOException {
    var text = Files.readString(root.resolve(path)).strip();
    if (text.equals("max") || text.equals("-1")) {
      return Long.MAX_VALUE;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException malformed) {
      throw new IOException("/" + path + " holds '" + text + "'", malformed);
    }
  }
}
