package dev.outrider.proxy.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// What the guests of one proxy say, out of its log as it grows. Read once for all lanes: Envoy
/// tells every call of every guest besides, a hundred megabytes in a run. Thread-safe.
final class GuestLogs {
  /// Envoy names the place in its source besides, and while it configures no plugin: the last word
  /// is the id of the VM, which is the lane.
  private static final Pattern LINE =
      Pattern.compile(
          "\\[(\\w+)]\\[wasm] (?:\\[\\S+] )?wasm log (?:\\S*[^\\s:] )?([^\\s:]+): (.*)");

  private final Path file;
  private final ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
  private final Map<String, List<String>> said = new HashMap<>();
  private long read;

  GuestLogs(Path file) {
    this.file = file;
  }

  /// Returns what a lane's guest has said since the last call, as `level text`.
  synchronized List<String> take(String lane) throws IOException {
    try (var channel = FileChannel.open(file)) {
      while (channel.read(chunk, read + chunk.position()) > 0) {
        sort();
      }
    }
    var taken = said.remove(lane);
    return taken == null ? List.of() : taken;
  }

  /// Sorts the whole lines of the chunk by lane and leaves the last one that has not ended.
  private void sort() {
    int begin = 0;
    for (int at = 0; at < chunk.position(); at++) {
      if (chunk.get(at) == '\n') {
        sort(new String(chunk.array(), begin, at - begin, ISO_8859_1));
        begin = at + 1;
      }
    }
    read += begin;
    chunk.flip().position(begin).compact();
  }

  private void sort(String line) {
    if (!line.contains("wasm log ")) {
      return;
    }
    var found = LINE.matcher(line);
    if (found.find()) {
      said.computeIfAbsent(found.group(2), _ -> new ArrayList<>())
          .add(found.group(1) + " " + found.group(3));
    }
  }
}
