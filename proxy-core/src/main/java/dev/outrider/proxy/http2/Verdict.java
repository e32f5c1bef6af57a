package dev.outrider.proxy.http2;

/// What is wrong with a message, as Envoy tells it apart.
enum Verdict {
  FINE(""),

  /// A field may not be there, or not look like that, or not come twice.
  FIELD("http2.invalid.header.field"),

  /// The fields together make no message.
  MESSAGE("http2.violation.of.messaging.rule");

  private final String details;

  Verdict(String details) {
    this.details = details;
  }

  /// As in the response code details; empty for a message that is one.
  String details() {
    return details;
  }

  /// The first thing that is wrong.
  Verdict or(Verdict next) {
    return this == FINE ? next : this;
  }
}
