package dev.outrider.proxy.error;

import org.jspecify.annotations.Nullable;

/// One expected failure. Bugs are exceptions; this is everything that a network or a user may do to
/// us.
///
/// @param detail what was asked, what was found and which resource, in a form fit for a log line
/// @param cause only where a library threw; never needed to understand `detail`
public record ProxyError(
    Kind kind, Source source, Retry retry, String detail, @Nullable Throwable cause) {

  /// What happened.
  public enum Kind {
    /// The other side sent something that the protocol does not allow.
    PROTOCOL,
    /// No connection came about.
    CONNECT,
    /// A connection ended while it was needed.
    DISCONNECTED,
    /// One stream ended early while its connection lives.
    RESET,
    /// A deadline passed.
    TIMEOUT,
    /// A limit of ours was reached: breaker, buffer, budget.
    OVERFLOW,
    /// Nobody is there to ask: no cluster, no healthy endpoint.
    UNAVAILABLE,
    /// The request was understood and refused.
    REFUSED,
    /// The configuration says something that cannot be done.
    CONFIGURATION,
    /// The file system or another resource of the machine failed.
    RESOURCE
  }

  /// On whose side it happened.
  public enum Source {
    DOWNSTREAM,
    UPSTREAM,
    LOCAL,
    CONFIG
  }

  /// Whether the same request may be sent again.
  public enum Retry {
    NEVER,
    /// The other side cannot have acted on it.
    SAFE,
    /// Safe only if the connection had served another request before: it may have been closing
    /// already.
    IF_REUSED
  }

  public ProxyError(Kind kind, Source source, Retry retry, String detail) {
    this(kind, source, retry, detail, null);
  }
}
