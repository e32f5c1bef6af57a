package dev.outrider.proxy.cli;

import dev.outrider.proxy.server.Loggers;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import picocli.CommandLine.ParseResult;

/// Flags as `/server_info` shows them (Envoy `admin.v3.CommandLineOptions`), beside those that the
/// server knows itself.
final class ShownOptions {
  private ShownOptions() {}

  static Map<String, Object> of(ParseResult parsed) {
    var shown = new LinkedHashMap<String, Object>();
    for (var flag :
        new String[] {
          "--allow-unknown-static-fields",
          "--reject-unknown-dynamic-fields",
          "--ignore-unknown-dynamic-fields",
          "--log-format-escaped",
          "--cpuset-threads"
        }) {
      shown.put(field(flag), parsed.hasMatchedOption(flag));
    }
    for (var flag :
        new String[] {
          "--admin-address-path", "--component-log-level", "--log-path", "--service-zone"
        }) {
      var value = Flags.text(parsed, flag);
      shown.put(field(flag), value == null ? "" : value);
    }
    var format = Flags.text(parsed, "--log-format");
    shown.put("log_format", format == null ? LogLine.DEFAULT : format);
    shown.put("log_level", Loggers.level(Logger.ROOT_LOGGER_NAME));
    return shown;
  }

  private static String field(String flag) {
    return flag.substring(2).replace('-', '_');
  }
}
