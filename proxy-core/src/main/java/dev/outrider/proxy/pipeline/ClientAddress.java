package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.config.AddressDetection;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who the client of a request is believed to be. Holds what it found until it is asked for the
/// next request. Belongs to one worker.
final class ClientAddress {
  private final ForwardingOptions options;
  private @Nullable HostPort found;
  private boolean trusted;
  private boolean appended;

  ClientAddress(ForwardingOptions options) {
    this.options = options;
  }

  /// Looks before anything is appended to `x-forwarded-for`. Returns the status to refuse the
  /// request with, or 0.
  int look(HeaderMap head, HostPort peer) {
    found = null;
    trusted = false;
    appended = false;
    if (!options.useRemoteAddress()) {
      return detect(head, peer);
    }
    trusted = !head.contains(HeaderNames.X_FORWARDED_FOR);
    appended = !options.skipXffAppend();
    if (options.trustedHops() > 0) {
      found = forwarded(head, options.trustedHops() - 1);
    }
    if (found == null) {
      found = peer;
    }
    return 0;
  }

  /// Null if nobody knows better than the socket.
  @Nullable HostPort found() {
    return found;
  }

  /// The client is one of our own.
  boolean internal() {
    return trusted && found != null && options.internal().contains(found);
  }

  /// The peer is to be added to `x-forwarded-for`.
  boolean appended() {
    return appended;
  }

  private int detect(HeaderMap head, HostPort peer) {
    var detections = options.detections();
    for (var i = 0; i < detections.size() && found == null; i++) { // no iterator per request
      switch (detections.get(i)) {
        case AddressDetection.Forwarded forwarded -> {
          appended = forwarded.append();
          detectForwarded(forwarded, head, peer);
        }
        case AddressDetection.Header header -> {
          appended = false;
          var line = head.find(header.name());
          found = line < 0 ? null : address(head.value(line));
          trusted = found != null && header.trusted();
          if (found == null && header.rejectStatus() != 0) {
            return header.rejectStatus();
          }
        }
      }
    }
    return 0;
  }

  private void detectForwarded(
      AddressDetection.Forwarded forwarded, HeaderMap head, HostPort peer) {
    if (forwarded.trusted().isEmpty()) {
      found = forwarded(head, forwarded.trustedHops());
      trusted = found != null && forwarded.trustedHops() == 0 && single(head);
    } else if (contains(forwarded.trusted(), peer.host())) {
      lastStranger(head, forwarded.trusted());
      trusted = found != null && single(head);
    } else {
      appended = false;
    }
  }

  /// The entry that stands `back` places before the last; null unless it is an address.
  private static @Nullable HostPort forwarded(HeaderMap head, int back) {
    var line = head.find(HeaderNames.X_FORWARDED_FOR);
    if (line < 0) {
      return null;
    }
    var end = head.valueLength(line);
    for (var i = 0; i < back; i++) {
      end = comma(head, line, end);
      if (end < 0) {
        return null;
      }
    }
    return entry(head, line, end);
  }

  private static boolean single(HeaderMap head) {
    var line = head.find(HeaderNames.X_FORWARDED_FOR);
    return line >= 0 && comma(head, line, head.valueLength(line)) < 0;
  }

  /// Passes over our own proxies from the end on; the first of all if there is nobody else.
  private void lastStranger(HeaderMap head, List<IpRange> ours) {
    var line = head.find(HeaderNames.X_FORWARDED_FOR);
    var end = line < 0 ? -1 : head.valueLength(line);
    while (end >= 0) {
      var next = entry(head, line, end);
      if (next == null) {
        return;
      }
      found = next;
      if (!contains(ours, next.host())) {
        return;
      }
      end = comma(head, line, end);
    }
  }

  private static boolean contains(List<IpRange> ranges, String host) {
    var address = IpAddress.parse(host);
    for (var i = 0; address != null && i < ranges.size(); i++) { // no iterator per request
      if (ranges.get(i).contains(address)) {
        return true;
      }
    }
    return false;
  }

  /// What ends at `end`.
  private static @Nullable HostPort entry(HeaderMap head, int line, int end) {
    var from = comma(head, line, end) + 1;
    var start = head.valueOffset(line);
    var text = new String(head.array(), start + from, end - from, StandardCharsets.ISO_8859_1);
    return address(text.trim());
  }

  private static @Nullable HostPort address(String text) {
    var plain = text.indexOf('%') < 0 && !text.startsWith("["); // no zone: it takes any text
    return plain && IpAddress.parse(text) != null ? new HostPort(text, 0) : null;
  }

  /// Index of the last comma before `end`, or -1.
  private static int comma(HeaderMap head, int line, int end) {
    for (var i = end - 1; i >= 0; i--) {
      if (head.valueByte(line, i) == ',') {
        return i;
      }
    }
    return -1;
  }
}
