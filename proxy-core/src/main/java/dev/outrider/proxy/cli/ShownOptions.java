package dev.outrider.proxy.cli;

import dev.outrider.proxy.server.Loggers;
import java.util.LinkedHashMap;
import java.util.List;
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
          "--cpuset-threads",
          "--use-dynamic-base-id",
          "--skip-hot-restart-on-no-parent",
          "--skip-hot-restart-parent-stats",
          "--skip-deprecated-logs",
          "--log-stacktrace-single-entry",
          "--enable-core-dump",
          "--enable-fine-grain-logging",
          "--enable-mutex-tracing"
        }) {
      shown.put(field(flag), parsed.hasMatchedOption(flag));
    }
    for (var flag :
        new String[] {
          "--admin-address-path",
          "--base-id-path",
          "--component-log-level",
          "--log-path",
          "--service-zone"
        }) {
      shown.put(field(flag), text(parsed, flag, ""));
    }
    shown.put("base_id", text(parsed, "--base-id", "0"));
    shown.put("socket_path", text(parsed, "--socket-path", "@envoy_domain_socket"));
    shown.put("local_address_ip_version", text(parsed, "--local-address-ip-version", "v4"));
    shown.put("parent_shutdown_time", text(parsed, "--parent-shutdown-time-s", "900") + "s");
    shown.put("socket_mode", 0);
    shown.put("file_flush_min_size", 0);
    shown.put("disabled_extensions", List.of());
    shown.put("stats_tag", List.of());
    shown.put("log_format", text(parsed, "--log-format", LogLine.DEFAULT));
    shown.put("log_level", Loggers.level(Logger.ROOT_LOGGER_NAME));
    return shown;
  }

  private static String text(ParseResult parsed, String flag, String otherwise) {
    var value = Flags.text(parsed, flag);
    return value == null ? otherwise : value;
  }

  private static String field(String flag) {
    return flag.substring(2).replace('-', '_');
  }
}
