package dev.outrider.proxywasm.conformance;

import dev.outrider.proxywasm.testkit.Wat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One guest with everything that it checks. Its lines in the log are `#NN` for the check that
/// begins, then what came of it.
///
/// @param name unique
/// @param abi the version that the guest's marker names, `0.2.1`
/// @param status what the client gets: the status of the answer, of a plain connection the number
///   of bytes; 0 if it ends without an answer
/// @param envoyStatus the same on Envoy
/// @param notOnEnvoy why it is not run there: it would end the process; null if it is
public record Script(
    String name,
    String abi,
    Drive drive,
    Wat guest,
    List<Check> checks,
    int status,
    int envoyStatus,
    @Nullable String notOnEnvoy) {

  /// What a host did with a script.
  ///
  /// @param lines all that the guest said
  /// @param status as the client saw it
  public record Observation(List<String> lines, int status) {}

  /// The guest's configuration and that of its VM, in every script.
  static final String CONFIGURATION = "conf";

  static final String VM_CONFIGURATION = "vmconf";
  static final String ROOT_ID = "r";

  /// Whether that host survives it.
  public boolean runsOn(Host host) {
    return host == Host.OUTRIDER || notOnEnvoy == null;
  }

  /// What is wrong with what a host did: one sentence each, none if all is well.
  public List<String> problems(Host host, Observation seen) {
    var problems = new ArrayList<String>();
    var parts = split(seen.lines);
    for (int i = 0; i < checks.size(); i++) {
      var problem = problem(checks.get(i), host, parts.get(i));
      if (problem != null) {
        problems.add(name + ": " + problem);
      }
    }
    int wanted = host == Host.ENVOY ? envoyStatus : status;
    if (drive != Drive.START && seen.status != wanted) {
      problems.add("%s: the client got %d, expected %d".formatted(name, seen.status, wanted));
    }
    return problems;
  }

  private static @Nullable String problem(Check check, Host host, @Nullable List<String> lines) {
    var wanted = check.expected(host);
    var got = lines == null ? List.<String>of() : lines;
    if (got.equals(wanted)) {
      return null;
    }
    return "%s, %s (%s): the guest said %s, expected %s"
        .formatted(
            check.function(),
            check.kind().words(),
            check.what(),
            lines == null ? "nothing, the check did not begin" : got,
            wanted);
  }

  /// Start callbacks run once per VM that a proxy makes: the first run counts.
  private List<@Nullable List<String>> split(List<String> lines) {
    var parts = new ArrayList<@Nullable List<String>>();
    checks.forEach(_ -> parts.add(null));
    List<String> current = new ArrayList<>();
    for (var line : lines) {
      if (line.matches("#\\d\\d")) {
        int check = Integer.parseInt(line.substring(1));
        current = new ArrayList<>();
        if (parts.get(check) == null) {
          parts.set(check, current);
        }
      } else {
        current.add(line);
      }
    }
    return parts;
  }
}
