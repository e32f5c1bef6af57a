package dev.outrider.proxy.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The access log of one lane, read as it grows. Used by the lane's thread.
final class AccessLog {
  /// Fields, in order, and where each comes from.
  private static final List<List<String>> HTTP =
      List.of(
          List.of("protocol", "%PROTOCOL%"),
          List.of("method", "%REQ(:METHOD)%"),
          List.of("path", "%REQ(:PATH)%"),
          List.of("authority", "%REQ(:AUTHORITY)%"),
          List.of("code", "%RESPONSE_CODE%"),
          List.of("flags", "%RESPONSE_FLAGS%"),
          List.of("details", "%RESPONSE_CODE_DETAILS%"),
          List.of("received", "%BYTES_RECEIVED%"),
          List.of("sent", "%BYTES_SENT%"),
          List.of("cluster", "%UPSTREAM_CLUSTER%"),
          List.of("attempts", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"),
          List.of("route", "%ROUTE_NAME%"),
          List.of("termination", "%CONNECTION_TERMINATION_DETAILS%"),
          List.of("transport", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"),
          List.of("type", "%ACCESS_LOG_TYPE%"));

  /// Asked of TCP only: HTTP's exchanges are logged before their connection ends.
  private static final List<List<String>> TCP =
      List.of(
          List.of("chain", "%FILTER_CHAIN_NAME%"),
          List.of("client", "%DOWNSTREAM_REMOTE_ADDRESS%"),
          List.of("direct", "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%"),
          List.of("local", "%DOWNSTREAM_LOCAL_ADDRESS%"),
          List.of("sni", "%REQUESTED_SERVER_NAME%"),
          List.of("closed", "%DOWNSTREAM_LOCAL_CLOSE_REASON%"));

  private static final List<List<String>> TLS =
      List.of(
          List.of("tls.version", "%DOWNSTREAM_TLS_VERSION%"),
          List.of("tls.cipher", "%DOWNSTREAM_TLS_CIPHER%"),
          List.of("tls.sni", "%REQUESTED_SERVER_NAME%"),
          List.of("tls.local_subject", "%DOWNSTREAM_LOCAL_SUBJECT%"),
          List.of("tls.local_dns", "%DOWNSTREAM_LOCAL_DNS_SAN%"),
          List.of("tls.local_uri", "%DOWNSTREAM_LOCAL_URI_SAN%"),
          List.of("tls.subject", "%DOWNSTREAM_PEER_SUBJECT%"),
          List.of("tls.issuer", "%DOWNSTREAM_PEER_ISSUER%"),
          List.of("tls.uri", "%DOWNSTREAM_PEER_URI_SAN%"),
          List.of("tls.dns", "%DOWNSTREAM_PEER_DNS_SAN%"),
          List.of("tls.email", "%DOWNSTREAM_PEER_EMAIL_SAN%"),
          List.of("tls.ip", "%DOWNSTREAM_PEER_IP_SAN%"),
          List.of("tls.serial", "%DOWNSTREAM_PEER_SERIAL%"),
          List.of("tls.sha256", "%DOWNSTREAM_PEER_FINGERPRINT_256%"),
          List.of("tls.sha1", "%DOWNSTREAM_PEER_FINGERPRINT_1%"),
          List.of("tls.from", "%DOWNSTREAM_PEER_CERT_V_START%"),
          List.of("tls.until", "%DOWNSTREAM_PEER_CERT_V_END%"));

  private static final int PATH = 2;

  private static final String SEPARATOR = "\u001f";

  private final Path file;
  private final List<List<String>> fields;
  private final List<List<String>> waiting = new ArrayList<>();
  private int read;

  AccessLog(Path file, List<List<String>> fields) {
    this.file = file;
    this.fields = fields;
  }

  static List<List<String>> fields(Scenario scenario) {
    var fields = new ArrayList<>(HTTP);
    fields.addAll(scenario.tcp() ? TCP : List.of());
    fields.addAll(scenario.tls() != null ? TLS : List.of());
    if (scenario.parts().get("log_fields") instanceof Map<?, ?> own) {
      own.forEach((name, operator) -> fields.add(List.of(name.toString(), operator.toString())));
    }
    return fields;
  }

  /// The format to configure.
  static String format(List<List<String>> fields) {
    return String.join(SEPARATOR, fields.stream().map(List::getLast).toList()) + "\n";
  }

  /// Sends a fence and returns its path; null if that cannot be.
  interface Fence {
    @Nullable String send() throws IOException;
  }

  /// Waits for so many lines of the case, which [#observe] tells of then. They may not come before
  /// the client has left: after `most` it is time to go on.
  void await(int expected, Duration most) throws IOException {
    long deadline = System.nanoTime() + most.toNanos();
    while (waiting.size() < expected && System.nanoTime() < deadline) {
      take(waiting, "");
    }
  }

  /// Waits for so many lines of the case and for the fence behind them, if there is one.
  ///
  /// @param sorted by path: lines of several connections, whose workers write in no order
  void observe(int expected, Observation seen, @Nullable Fence fence, boolean sorted)
      throws IOException {
    long deadline = System.nanoTime() + Wire.DEADLINE.toNanos();
    var lines = new ArrayList<>(waiting);
    waiting.clear();
    while (lines.size() < expected && System.nanoTime() < deadline) {
      take(lines, "");
    }
    if (lines.size() < expected) {
      seen.put("problem", "%d log lines, expected %d".formatted(lines.size(), expected));
    }
    if (fence != null) {
      var mark = fence.send();
      while (mark != null && !take(lines, mark) && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
    }
    if (sorted) {
      lines.sort(Comparator.comparing(line -> line.get(Math.min(PATH, line.size() - 1))));
    }
    put(lines, seen);
  }

  private void put(List<List<String>> lines, Observation seen) {
    seen.put("log.lines", Integer.toString(lines.size()));
    for (int i = 0; i < lines.size(); i++) {
      var prefix = i == 0 ? "log." : "log." + (i + 1) + ".";
      for (int field = 0; field < fields.size() && field < lines.get(i).size(); field++) {
        seen.put(prefix + fields.get(field).getFirst(), lines.get(i).get(field));
      }
    }
  }

  /// Adds the new lines but those of probes. Returns whether the fence was among them.
  private boolean take(List<List<String>> lines, String fence) throws IOException {
    // a file has no event that Java could wait for without another thread; the proxies flush every
    // few milliseconds
    LockSupport.parkNanos(2_000_000);
    var text = Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
    boolean fenced = false;
    for (int end = text.indexOf('\n', read); end >= 0; end = text.indexOf('\n', read)) {
      var line = List.of(text.substring(read, end).split(SEPARATOR, -1));
      read = end + 1;
      var path = line.size() > PATH ? line.get(PATH) : "";
      fenced |= path.equals(fence);
      if (!path.startsWith(Bootstraps.PROBE)) {
        lines.add(line);
      }
    }
    return fenced;
  }
}
