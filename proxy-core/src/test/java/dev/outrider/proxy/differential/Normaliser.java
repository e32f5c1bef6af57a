package dev.outrider.proxy.differential;

import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.regex.Pattern;

/// Takes out of an observation what differs from run to run.
final class Normaliser {
  private record Rule(Pattern found, String replacement) {}

  private static final List<Rule> RULES =
      List.of(
          rule(
              "(?mi)^date: \\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT$", "date: <date>"),
          rule("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
          rule("(?m)^x-envoy-upstream-service-time: \\d+$", "x-envoy-upstream-service-time: <ms>"),
          rule("(127\\.0\\.0\\.\\d{1,3}|[\\w.]+\\.test):\\d{4,5}", "$1:<port>"));

  private static final Pattern OWN_ADDRESS = ownAddresses();

  private Normaliser() {}

  private static Rule rule(String found, String replacement) {
    return new Rule(Pattern.compile(found), replacement);
  }

  private static Pattern ownAddresses() {
    try {
      var addresses =
          NetworkInterface.networkInterfaces()
              .flatMap(each -> each.getInterfaceAddresses().stream())
              .map(InterfaceAddress::getAddress)
              .filter(address -> !address.isLoopbackAddress())
              .map(address -> Pattern.quote(address.getHostAddress().replaceFirst("%.*", "")))
              .toList();
      return Pattern.compile(
          addresses.isEmpty() ? "(?!)" : "\\b(" + String.join("|", addresses) + ")\\b");
    } catch (SocketException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /// @param lane whose name is taken out
  static Observation normalised(Observation seen, String lane) {
    var normal = new Observation();
    seen.fields().forEach((field, value) -> normal.put(field, text(value, lane)));
    return normal;
  }

  static String text(String value, String lane) {
    var text = value.replace(Bootstraps.AT + lane, "");
    for (var rule : RULES) {
      text = rule.found.matcher(text).replaceAll(rule.replacement);
    }
    return OWN_ADDRESS.matcher(text).replaceAll("<own address>");
  }
}
