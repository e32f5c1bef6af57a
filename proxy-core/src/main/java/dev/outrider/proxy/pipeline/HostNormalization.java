package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.config.HostOptions;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Tunnel;

/// Cuts port and trailing dot off the host of a request. Belongs to one worker.
final class HostNormalization {
  private final HostOptions options;
  private byte[] work = {};

  HostNormalization(HostOptions options) {
    this.options = options;
  }

  /// @param localPort on which the connection was accepted
  void apply(HeaderMap head, int localPort) {
    if (options.trailingDot()) {
      cutDot(head);
    }
    if (Tunnel.asked(head) == Tunnel.CONNECT) {
      return; // the port is part of where it goes (RFC 9110 9.3.6)
    }
    switch (options.port()) {
      case KEEP -> {}
      case MATCHING -> cutPort(head, localPort);
      case ANY -> cutPort(head, -1);
    }
  }

  /// The last dot of all, if it ends the name: at the very end, or just before a port.
  private void cutDot(HeaderMap head) {
    var line = head.find(HeaderNames.AUTHORITY);
    var length = line < 0 ? 0 : head.valueLength(line);
    var dot = last(head, line, length, '.');
    if (dot < 0 || (dot + 1 < length && head.valueByte(line, dot + 1) != ':')) {
      return;
    }
    read(head, line, length);
    System.arraycopy(work, dot + 1, work, dot, length - dot - 1);
    head.set(HeaderNames.AUTHORITY, work, 0, length - 1);
  }

  /// @param wanted only this one; -1 = any
  private void cutPort(HeaderMap head, int wanted) {
    var line = head.find(HeaderNames.AUTHORITY);
    var length = line < 0 ? 0 : head.valueLength(line);
    var colon = last(head, line, length, ':');
    if (colon < 0 || colon < last(head, line, length, ']')) {
      return; // within the brackets of an IPv6 address
    }
    var port = port(head, line, colon + 1, length);
    if (port >= 0 && (wanted < 0 || port == wanted)) {
      read(head, line, length);
      head.set(HeaderNames.AUTHORITY, work, 0, colon);
    }
  }

  /// -1 unless there are only digits, and few enough for 32 bits. As Envoy it forgives a sign.
  private static long port(HeaderMap head, int line, int start, int length) {
    var from = start < length && head.valueByte(line, start) == '+' ? start + 1 : start;
    var port = from < length ? 0L : -1L;
    for (var i = from; i < length && port >= 0; i++) {
      var digit = head.valueByte(line, i) - '0';
      port = digit < 0 || digit > 9 ? -1 : port * 10 + digit;
      port = port > 0xffff_ffffL ? -1 : port;
    }
    return port;
  }

  private static int last(HeaderMap head, int line, int length, char wanted) {
    for (var i = length - 1; i >= 0; i--) {
      if (head.valueByte(line, i) == wanted) {
        return i;
      }
    }
    return -1;
  }

  private void read(HeaderMap head, int line, int length) {
    if (work.length < length) {
      work = new byte[length];
    }
    head.copyValue(line, work, 0);
  }
}
