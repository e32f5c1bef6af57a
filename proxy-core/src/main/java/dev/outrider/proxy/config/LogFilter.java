package dev.outrider.proxy.config;

import dev.outrider.proxy.attributes.Expression;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.routing.HeaderTest;
import dev.outrider.proxy.runtime.KeyedShare;
import dev.outrider.proxy.stream.AccessLogType;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Which streams an access log or a mapper of local replies is for (Envoy
/// `accesslog.v3.AccessLogFilter`). Immutable, any thread.
public sealed interface LogFilter {
  boolean matches(StreamInfo info);

  /// The status of the response; 0 if there is none.
  record StatusCode(Comparison comparison) implements LogFilter {
    @Override
    public boolean matches(StreamInfo info) {
      return comparison.holds(info.responseCode(), info);
    }
  }

  /// How long the stream has taken, in milliseconds.
  record Duration(Comparison comparison) implements LogFilter {
    @Override
    public boolean matches(StreamInfo info) {
      return comparison.holds(info.times().elapsedNanos() / 1_000_000, info);
    }
  }

  /// What no filter has recognised as a health check.
  record NotHealthCheck() implements LogFilter {
    @Override
    public boolean matches(StreamInfo info) {
      return !info.healthCheck();
    }
  }

  /// A header of the request.
  record Header(HeaderTest test) implements LogFilter {
    @Override
    public boolean matches(StreamInfo info) {
      var head = info.requestHead();
      return head != null && test.matches(head);
    }
  }

  /// Any of these flags; if there are none, any at all.
  record Flags(List<ResponseFlag> flags) implements LogFilter {
    public Flags {
      flags = List.copyOf(flags);
    }

    @Override
    public boolean matches(StreamInfo info) {
      for (var i = 0; i < flags.size(); i++) { // no iterator per stream
        if (info.flags().has(flags.get(i))) {
          return true;
        }
      }
      return flags.isEmpty() && !info.flags().isEmpty();
    }
  }

  /// The status of a gRPC call, or what its HTTP status stands for.
  ///
  /// @param statuses bit n for status n
  record GrpcStatus(int statuses, boolean exclude) implements LogFilter {
    private static final int UNKNOWN = 2;

    @Override
    public boolean matches(StreamInfo info) {
      var status = status(info.responseTrailers());
      status = status >= 0 ? status : status(info.responseHead());
      if (status < 0) {
        status = info.responseCode() == 0 ? UNKNOWN : LocalReplies.grpcStatus(info.responseCode());
      }
      return (status < Integer.SIZE && (statuses >>> status & 1) != 0) != exclude;
    }

    private static int status(@Nullable HeaderMap map) {
      var line = map == null ? -1 : map.find(HeaderNames.GRPC_STATUS);
      return map == null || line < 0
          ? -1
          : (int) Math.min(map.valueAsLong(line), Integer.MAX_VALUE);
    }
  }

  /// Those of which a trace is made: none, while nothing is traced.
  record Traceable() implements LogFilter {
    @Override
    public boolean matches(StreamInfo info) {
      return false;
    }
  }

  /// Those for which an expression is true.
  record Matching(Expression expression) implements LogFilter {
    @Override
    public boolean matches(StreamInfo info) {
      return expression.isTrue(info);
    }
  }

  /// Written at one of these moments.
  record Types(Set<AccessLogType> types, boolean exclude) implements LogFilter {
    public Types {
      types = Set.copyOf(types);
    }

    @Override
    public boolean matches(StreamInfo info) {
      return types.contains(info.logType()) != exclude;
    }
  }

  /// So many out of so many. The request id decides, so that all proxies on the way of a request
  /// come to the same conclusion; without one, or where that is asked for, chance does.
  record Sampled(KeyedShare share, boolean independent) implements LogFilter {
    private static final int ID_DIGITS = 8;
    private static final int RADIX = 16;

    @Override
    public boolean matches(StreamInfo info) {
      var id = independent ? -1 : id(info.requestHead());
      var drawn = id >= 0 ? id : ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
      // as Envoy: a number of the runtime is out of the same denominator, a fraction counts nothing
      var taken = info.runtime().integer(share.key(), share.numerator());
      return Long.remainderUnsigned(drawn, share.denominator()) < taken;
    }

    /// The first digits of the request id as a number; -1 if they are none.
    private static long id(@Nullable HeaderMap head) {
      var line = head == null ? -1 : head.find(HeaderNames.X_REQUEST_ID);
      if (head == null || line < 0 || head.valueLength(line) < ID_DIGITS) {
        return -1;
      }
      var id = 0L;
      for (var i = 0; i < ID_DIGITS; i++) {
        var digit = Character.digit(head.array()[head.valueOffset(line) + i], RADIX);
        if (digit < 0) {
          return -1;
        }
        id = id * RADIX + digit;
      }
      return id;
    }
  }

  /// All of them.
  record And(List<LogFilter> filters) implements LogFilter {
    public And {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean matches(StreamInfo info) {
      for (var i = 0; i < filters.size(); i++) { // no iterator per stream
        if (!filters.get(i).matches(info)) {
          return false;
        }
      }
      return true;
    }
  }

  /// One of them.
  record Or(List<LogFilter> filters) implements LogFilter {
    public Or {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean matches(StreamInfo info) {
      for (var i = 0; i < filters.size(); i++) { // no iterator per stream
        if (filters.get(i).matches(info)) {
          return true;
        }
      }
      return false;
    }
  }

  /// A number held against another.
  ///
  /// @param key under which the runtime may have another one; empty = it has not
  record Comparison(Operator operator, String key, long otherwise) {

    /// With one that does not change.
    public Comparison(Operator operator, long value) {
      this(operator, "", value);
    }

    boolean holds(long given, StreamInfo info) {
      var value = info.runtime().integer(key, otherwise);
      return switch (operator) {
        case EQUAL -> given == value;
        case AT_LEAST -> given >= value;
        case AT_MOST -> given <= value;
      };
    }
  }

  /// How two numbers are held against each other.
  enum Operator {
    EQUAL,
    AT_LEAST,
    AT_MOST
  }
}
