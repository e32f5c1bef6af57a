package dev.outrider.proxy.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/// What the guest of one lane has said, out of its proxy's log as it grows: `level text`. Used by
/// the lane's thread.
final class GuestLog {
  /// A guest that has been silent for so long has said all: nothing in the log tells its end, since
  /// a fence would be one more request for the guest.
  private static final long QUIET = TimeUnit.MILLISECONDS.toNanos(80);

  private final Path file;
  private final Pattern line;
  private long read;

  GuestLog(Path file, String lane) {
    this.file = file;
    // Envoy names the place in its source besides, and while it configures no plugin: the last word
    // is the id of the VM
    line =
        Pattern.compile(
            "\\[(\\w+)]\\[wasm] (?:\\[\\S+] )?wasm log (?:\\S+ )?"
                + Pattern.quote(lane)
                + ": (.*)");
  }

  /// Waits for silence and returns what was said since the last call.
  List<String> take() throws IOException {
    var said = new ArrayList<String>();
    long until = System.nanoTime() + Wire.DEADLINE.toNanos();
    long quiet = System.nanoTime() + QUIET;
    while (System.nanoTime() < quiet && System.nanoTime() < until) {
      if (more(said)) {
        quiet = System.nanoTime() + QUIET;
      }
      LockSupport.parkNanos(5_000_000);
    }
    return said;
  }

  private boolean more(List<String> said) throws IOException {
    var text = grown();
    int end = text.lastIndexOf('\n') + 1;
    read += end;
    var found = line.matcher(text.substring(0, end)).results().toList();
    found.forEach(each -> said.add(each.group(1) + " " + each.group(2)));
    return !found.isEmpty();
  }

  private String grown() throws IOException {
    try (var channel = FileChannel.open(file)) {
      var bytes = ByteBuffer.allocate((int) Math.max(0, channel.size() - read));
      channel.position(read);
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
      return new String(bytes.array(), 0, bytes.position(), ISO_8859_1);
    }
  }
}
