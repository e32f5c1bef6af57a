package dev.outrider.proxywasm.conformance;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Where this library is different from Envoy 1.40 on purpose: a function, a kind and what is
/// tried, what Envoy says instead, and why that is not copied.
final class Differences {
  private static final String TABLE =
      """
      proxy_get_header_map_size | WRONG_PHASE | in proxy_on_log | 2 | a map that can be read has a size
      proxy_dequeue_shared_queue | BAD_POINTER | each pointer in turn | 7 7 | pointers are checked first: a bad one must not lose an item
      proxy_get_buffer_bytes | WRONG_PHASE | buffers 4 and 5 | 1 0 | a message that is not there is not found, as the body of an answer is not
      proxy_set_buffer_bytes | OK | a configuration is never written | 2 1 | what nobody may write is refused whether it is there or not
      proxy_log | WRONG_PHASE | called by the allocator | 0 | the line carries the plugin's name, Envoy's carries none
      fd_write | WRONG_PHASE | called by the allocator | 0 | the line carries the plugin's name, Envoy's carries none
      fd_fdstat_get | BAD_POINTER | 1 -8 | 0 | a result that could not be written is no success
      proc_exit | OK | ends the guest's VM | 1 | there the guest runs on behind its exit
      """;

  private record Key(String function, Kind kind, String what) {}

  private static final Map<Key, Check.Difference> ALL = read();

  private Differences() {}

  private static Map<Key, Check.Difference> read() {
    var differences = new HashMap<Key, Check.Difference>();
    for (var line : TABLE.lines().toList()) {
      var cells = line.split(" *\\| *", -1);
      var lines = cells[3].isEmpty() ? List.<String>of() : List.of(cells[3].split(" "));
      differences.put(
          new Key(cells[0].strip(), Kind.valueOf(cells[1]), cells[2]),
          new Check.Difference(lines, cells[4].strip()));
    }
    return Map.copyOf(differences);
  }

  static Collection<Check.Difference> all() {
    return ALL.values();
  }

  /// The check with the difference that is listed for it, if one is.
  static Check in(Check check) {
    var difference = ALL.get(new Key(check.function(), check.kind(), check.what()));
    return difference == null
        ? check
        : new Check(check.function(), check.kind(), check.what(), check.expected(), difference);
  }
}
