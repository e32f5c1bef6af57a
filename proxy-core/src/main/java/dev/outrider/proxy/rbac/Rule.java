package dev.outrider.proxy.rbac;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.HeaderTest;
import dev.outrider.proxy.routing.TextTest;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.tls.SanType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a request or a connection must be like: a permission (what it wants) or a principal (who
/// asks). Envoy `rbac.v3.Permission` and `rbac.v3.Principal`. Immutable, any thread.
public sealed interface Rule {
  /// Whether it is like that.
  ///
  /// @param info of the request, or of the connection
  /// @param head of the request; null where there is none, which is as one without headers
  boolean matches(StreamInfo info, @Nullable HeaderMap head);

  /// Everything.
  record Any() implements Rule {
    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      return true;
    }
  }

  record AllOf(List<Rule> rules) implements Rule {
    public AllOf {
      rules = List.copyOf(rules);
    }

    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      for (var i = 0; i < rules.size(); i++) { // no iterator per request
        if (!rules.get(i).matches(info, head)) {
          return false;
        }
      }
      return true;
    }
  }

  record AnyOf(List<Rule> rules) implements Rule {
    public AnyOf {
      rules = List.copyOf(rules);
    }

    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      for (var i = 0; i < rules.size(); i++) { // no iterator per request
        if (rules.get(i).matches(info, head)) {
          return true;
        }
      }
      return false;
    }
  }

  record Not(Rule rule) implements Rule {
    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      return !rule.matches(info, head);
    }
  }

  /// A header of the request.
  record Header(HeaderTest test) implements Rule {
    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      return head == null ? test.matchesNone() : test.matches(head);
    }
  }

  /// The path of the request, without its query and fragment.
  record Path(TextTest test) implements Rule {
    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      var line = head == null ? -1 : head.find(HeaderNames.PATH);
      if (head == null || line < 0) {
        return false;
      }
      var from = head.valueOffset(line);
      var end = from + head.valueLength(line);
      var to = from;
      while (to < end && head.array()[to] != '?' && head.array()[to] != '#') {
        to++;
      }
      return test.matches(head.array(), from, to);
    }
  }

  /// An address between which the connection runs; that of a pipe is in no range.
  record Address(Side side, IpRange range) implements Rule {
    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      var address = side.of(info);
      return !address.isPipe() && range.contains(address.ip());
    }
  }

  /// Whose address is looked at.
  enum Side {
    /// Where the client connected to.
    DESTINATION,
    /// The peer of the connection, or whom a PROXY header names.
    SOURCE,
    /// The peer of the socket.
    DIRECT_REMOTE,
    /// The client, as far as it is believed.
    REMOTE;

    private HostPort of(StreamInfo info) {
      return switch (this) {
        case DESTINATION -> info.connection().local();
        case SOURCE -> info.connection().remote();
        case DIRECT_REMOTE -> info.connection().directRemote();
        case REMOTE -> info.remote();
      };
    }
  }

  /// The port that the client connected to.
  ///
  /// @param end exclusive
  record DestinationPort(int start, int end) implements Rule {
    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      var address = info.connection().local();
      return !address.isPipe() && address.port() >= start && address.port() < end;
    }
  }

  /// The SNI; empty without one.
  record ServerName(TextTest test) implements Rule {
    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      return test.matches(info.connection().serverName());
    }
  }

  /// The peer's certificate: one of its URIs, of its DNS names, or its subject.
  ///
  /// @param name null = any secured connection will do
  record Authenticated(@Nullable TextTest name) implements Rule {
    @Override
    public boolean matches(StreamInfo info, @Nullable HeaderMap head) {
      var tls = info.connection().tls();
      if (tls == null || name == null) {
        return tls != null;
      }
      var peer = tls.peer();
      if (peer == null) {
        return name.matches("");
      }
      return any(peer.sans(SanType.URI))
          || any(peer.sans(SanType.DNS))
          || name.matches(peer.subject());
    }

    private boolean any(List<String> names) {
      for (var i = 0; i < names.size(); i++) { // no iterator per request
        if (name != null && name.matches(names.get(i))) {
          return true;
        }
      }
      return false;
    }
  }
}
