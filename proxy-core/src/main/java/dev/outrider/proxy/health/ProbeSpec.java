package dev.outrider.proxy.health;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.routing.HeaderTest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one check asks.
public sealed interface ProbeSpec {

  /// A request.
  ///
  /// @param host empty for the name of the cluster
  /// @param body empty for none
  /// @param expects what the body of the answer holds
  /// @param bufferBytes so much of the answer is looked at; 0 = all of it
  /// @param expected statuses that pass
  /// @param retriable statuses that fail like the network, not at once
  /// @param serviceName of `x-envoy-upstream-healthchecked-cluster`; null = it may say anything
  @SuppressWarnings("ArrayRecordComponent") // compared as part of bytes that are compared before
  record Http(
      HttpVersion version,
      String method,
      String host,
      String path,
      List<HeaderEdit> edits,
      byte[] body,
      PayloadPattern expects,
      int bufferBytes,
      List<StatusRange> expected,
      List<StatusRange> retriable,
      @Nullable HeaderTest serviceName)
      implements ProbeSpec {

    public Http {
      edits = List.copyOf(edits);
      expected = List.copyOf(expected);
      retriable = List.copyOf(retriable);
    }
  }

  /// A connection.
  ///
  /// @param send nothing if empty
  /// @param expects what comes back; if nothing, to be connected is enough
  /// @param preface with what each check begins that expects something
  @SuppressWarnings("ArrayRecordComponent") // compared as part of bytes that are compared before
  record Tcp(byte[] send, PayloadPattern expects, Preface preface) implements ProbeSpec {

    /// Without a preface.
    public Tcp(byte[] send, PayloadPattern expects) {
      this(send, expects, Preface.NONE);
    }
  }

  /// A PROXY header that is on nobody's behalf.
  enum Preface {
    NONE,
    /// Version 1, with the addresses of the connection itself.
    TEXT,
    /// Version 2, LOCAL.
    BINARY
  }

  /// A call of `grpc.health.v1.Health.Check`.
  ///
  /// @param service whose health is asked for; empty for the server's
  /// @param authority empty for the name of the cluster
  record Grpc(String service, String authority, List<HeaderEdit> metadata) implements ProbeSpec {

    public Grpc {
      metadata = List.copyOf(metadata);
    }
  }

  /// Statuses from `from` on, below `to`.
  record StatusRange(long from, long to) {
    /// Whether one of them holds `status`.
    public static boolean any(List<StatusRange> ranges, int status) {
      for (var range : ranges) {
        if (status >= range.from && status < range.to) {
          return true;
        }
      }
      return false;
    }
  }
}
