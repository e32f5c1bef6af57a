package dev.outrider.proxy.xds.accesslog;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.config.AccessLogConfig.Sink;
import dev.outrider.proxy.config.FilteredLogger;
import dev.outrider.proxy.extension.AccessLogReader;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StderrAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads access logs: to a file, to standard output, to standard error (text formats), and whatever
/// an extension makes of them.
public final class AccessLogParser implements AccessLogReader {
  private static final String FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
  private static final String STDOUT = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
  private static final String STDERR = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog";

  private static final Set<String> TYPES = Set.of(FILE, STDOUT, STDERR);

  private final AccessLogOpener opener;

  public AccessLogParser(AccessLogOpener opener) {
    this.opener = opener;
  }

  @Override
  public CompletionStage<Parsed<List<AccessLogger>>> read(
      List<AccessLog> messages, ParseContext context) {
    var scope = new Scope(context.resource(), context.field(), new ArrayList<>());
    return parse(messages, scope)
        .thenApply(loggers -> Parsed.of(loggers.good(), loggers.problems()));
  }

  /// The loggers that are good, with the problems of the others. All start at once; `scope` is left
  /// alone once this has returned.
  public CompletionStage<Loggers> parse(List<AccessLog> messages, Scope scope) {
    CompletionStage<Loggers> all = CompletableFuture.completedFuture(Loggers.NONE);
    for (var i = 0; i < messages.size(); i++) {
      var next = parse(messages.get(i), scope.item("access_log", i));
      all = all.thenCombine(next, Loggers::and);
    }
    return all;
  }

  /// What became of the access logs of one connection manager.
  public record Loggers(List<AccessLogger> good, List<ConfigProblem> problems) {
    static final Loggers NONE = new Loggers(List.of(), List.of());

    Loggers and(Parsed<AccessLogger> next) {
      var loggers = new ArrayList<>(good);
      var found = new ArrayList<>(problems);
      switch (next) {
        case Parsed.Valid<AccessLogger>(var logger) -> loggers.add(logger);
        case Parsed.Invalid<AccessLogger>(var more) -> found.addAll(more);
      }
      return new Loggers(loggers, found);
    }
  }

  private CompletionStage<Parsed<AccessLogger>> parse(AccessLog message, Scope place) {
    var scope = place.alone();
    var filter =
        message.hasFilter()
            ? LogFilterParser.parse(message.getFilter(), scope.field("filter"))
            : null;
    var typed = message.getTypedConfig();
    var within = scope.field("typed_config");
    var ours = TYPES.contains(ProviderRegistry.typeName(typed.getTypeUrl()));
    var config = ours ? config(typed, within) : null;
    if (!scope.problems().isEmpty()) {
      return CompletableFuture.completedFuture(new Parsed.Invalid<>(scope.problems()));
    }
    var logger =
        config == null
            ? opener.extensions().parse(typed, within.context(message.getName()))
            : CompletableFuture.completedFuture(
                opener.open(config, place.context(message.getName())));
    return filter == null
        ? logger
        : logger.thenApply(
            parsed -> parsed.then(open -> Parsed.valid(new FilteredLogger(open, filter))));
  }

  private static @Nullable AccessLogConfig config(Any typed, Scope scope) {
    try {
      return switch (ProviderRegistry.typeName(typed.getTypeUrl())) {
        case FILE -> file(FileAccessLog.parseFrom(typed.getValue()), scope);
        case STDOUT -> {
          var message = StdoutAccessLog.parseFrom(typed.getValue());
          yield new AccessLogConfig(new Sink.Stdout(), format(message.getLogFormat(), scope));
        }
        case STDERR -> {
          var message = StderrAccessLog.parseFrom(typed.getValue());
          yield new AccessLogConfig(new Sink.Stderr(), format(message.getLogFormat(), scope));
        }
        default -> null;
      };
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return null;
    }
  }

  @SuppressWarnings("deprecation") // `format` is what most configurations use
  private static AccessLogConfig file(FileAccessLog message, Scope scope) {
    var sink = new Sink.File(message.getPath());
    return switch (message.getAccessLogFormatCase()) {
      case FORMAT ->
          new AccessLogConfig(sink, message.getFormat().isEmpty() ? null : message.getFormat());
      case LOG_FORMAT -> new AccessLogConfig(sink, format(message.getLogFormat(), scope));
      case JSON_FORMAT -> {
        scope.refuse(true, "json_format");
        yield new AccessLogConfig(sink, null);
      }
      case TYPED_JSON_FORMAT -> {
        scope.refuse(true, "typed_json_format");
        yield new AccessLogConfig(sink, null);
      }
      case ACCESSLOGFORMAT_NOT_SET -> new AccessLogConfig(sink, null);
    };
  }

  @SuppressWarnings("deprecation") // text_format is still written
  private static @Nullable String format(SubstitutionFormatString message, Scope parent) {
    var scope = parent.field("log_format");
    return switch (message.getFormatCase()) {
      case TEXT_FORMAT -> message.getTextFormat();
      case TEXT_FORMAT_SOURCE -> {
        var source = message.getTextFormatSource();
        if (!source.hasInlineString()) {
          scope.problem("text_format_source", "only inline_string is supported");
        }
        yield source.getInlineString();
      }
      case JSON_FORMAT -> {
        scope.refuse(true, "json_format");
        yield null;
      }
      case FORMAT_NOT_SET -> null;
    };
  }
}
