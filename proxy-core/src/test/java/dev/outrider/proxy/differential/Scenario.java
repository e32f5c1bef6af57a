package dev.outrider.proxy.differential;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The cases of one file, and the configuration that they share.
///
/// @param name `area/name`
/// @param lanes how many copies of listener, service and log its cases are dealt out to
/// @param ownProcess whether no other scenario may share its proxies
/// @param flags for both proxies, of a scenario with proxies of its own
/// @param tls how the harness's own connections begin
/// @param parts of the bootstrap: `hcm`, `routes`, `clusters`, `virtual_hosts`, merged with the
///   base's
/// @param counters statistics to compare, `http.hcm.*` and `cluster.up.*`
/// @param usual differences that any case may have, their values as regular expressions
/// @param counterDiffers the listed differences among them
record Scenario(
    String name,
    String about,
    int lanes,
    List<Integer> concurrency,
    boolean ownProcess,
    List<String> flags,
    @Nullable TlsEnd tls,
    Map<String, Object> parts,
    List<String> counters,
    Map<String, Listed> counterDiffers,
    Map<String, Listed> usual,
    List<Case> cases) {

  /// The guest of a lane: the cases' own where they have one, each in a lane to itself.
  @Nullable Guest guest(int lane) {
    return lane < cases.size() ? cases.get(lane).guest() : null;
  }

  /// Whether the listener forwards bytes instead of speaking HTTP.
  boolean tcp() {
    return parts.containsKey("tcp");
  }

  /// The cases of one lane.
  List<Case> dealtTo(int lane) {
    return IntStream.range(0, cases.size())
        .filter(i -> i % lanes == lane)
        .mapToObj(cases::get)
        .toList();
  }

  /// A name that is safe in statistics and file names.
  String laneName(int lane) {
    return name.replaceAll("[^A-Za-z0-9]", "_") + "_" + lane;
  }
}
