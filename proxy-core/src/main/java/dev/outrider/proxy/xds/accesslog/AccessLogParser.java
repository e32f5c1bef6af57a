package dev.outrider.proxy.xds.accesslog;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.config.AccessLogConfig.Sink;
import dev.outrider.proxy.config.FilteredLogger;
import dev.outrider.proxy.config.LineFormat;
import dev.outrider.proxy.extension.AccessLogReader;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.xds.core.LineFormatParser;
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
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Reads access logs: to a file, to standard output, to standard error, and whatever an extension
/// makes of them.
public final class AccessLogParser implements AccessLogReader {
  private static final String FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
  private static final String STDOUT = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
  private static final String STDERR = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog";

  private static final Set<String> TYPES = Set.of(FILE, STDOUT, STDERR);

  private static final LineFormat STANDARD = new LineFormat.Standard();

  private final AccessLogOpener opener;
  private final Executor background;

  /// @param background reads formats that are in files
  public AccessLogParser(AccessLogOpener opener, Executor background) {
    this.opener = opener;
    this.background = background;
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
    if (!scope.problems().isEmpty()) {
      return CompletableFuture.completedFuture(new Parsed.Invalid<>(scope.problems()));
    }
    var logger =
        ours
            ? own(typed, within, place.context(message.getName()))
            : opener.extensions().parse(typed, within.context(message.getName()));
    return filter == null
        ? logger
        : logger.thenApply(
            parsed -> parsed.then(open -> Parsed.valid(new FilteredLogger(open, filter))));
  }

  /// In the background, if a format is in a file.
  private CompletionStage<Parsed<AccessLogger>> own(Any typed, Scope scope, ParseContext context) {
    return readsFile(typed)
        ? CompletableFuture.supplyAsync(() -> open(typed, scope, context), background)
        : CompletableFuture.completedFuture(open(typed, scope, context));
  }

  private Parsed<AccessLogger> open(Any typed, Scope scope, ParseContext context) {
    var config = config(typed, scope);
    return config == null || !scope.problems().isEmpty()
        ? new Parsed.Invalid<>(scope.problems())
        : opener.open(config, context);
  }

  private static boolean readsFile(Any typed) {
    try {
      return switch (ProviderRegistry.typeName(typed.getTypeUrl())) {
        case FILE ->
            LineFormatParser.readsFile(FileAccessLog.parseFrom(typed.getValue()).getLogFormat());
        case STDOUT ->
            LineFormatParser.readsFile(StdoutAccessLog.parseFrom(typed.getValue()).getLogFormat());
        case STDERR ->
            LineFormatParser.readsFile(StderrAccessLog.parseFrom(typed.getValue()).getLogFormat());
        default -> false;
      };
    } catch (InvalidProtocolBufferException _) {
      return false; // is found again, and reported
    }
  }

  private static @Nullable AccessLogConfig config(Any typed, Scope scope) {
    try {
      return switch (ProviderRegistry.typeName(typed.getTypeUrl())) {
        case FILE -> file(FileAccessLog.parseFrom(typed.getValue()), scope);
        case STDOUT -> {
          var message = StdoutAccessLog.parseFrom(typed.getValue());
          yield new AccessLogConfig(
              new Sink.Stdout(), format(message.hasLogFormat(), message.getLogFormat(), scope));
        }
        case STDERR -> {
          var message = StderrAccessLog.parseFrom(typed.getValue());
          yield new AccessLogConfig(
              new Sink.Stderr(), format(message.hasLogFormat(), message.getLogFormat(), scope));
        }
        default -> null;
      };
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return null;
    }
  }

  @SuppressWarnings("deprecation") // `format` and its like are what most configurations use
  private static AccessLogConfig file(FileAccessLog message, Scope scope) {
    return new AccessLogConfig(
        new Sink.File(message.getPath()),
        switch (message.getAccessLogFormatCase()) {
          case FORMAT ->
              message.getFormat().isEmpty() ? STANDARD : new LineFormat.Text(message.getFormat());
          case LOG_FORMAT -> format(true, message.getLogFormat(), scope);
          case JSON_FORMAT -> json(message.getJsonFormat());
          case TYPED_JSON_FORMAT -> json(message.getTypedJsonFormat());
          case ACCESSLOGFORMAT_NOT_SET -> STANDARD;
        });
  }

  private static LineFormat json(Struct object) {
    return new LineFormat.Json(LineFormatParser.members(object), false, false);
  }

  private static LineFormat format(boolean isSet, SubstitutionFormatString message, Scope parent) {
    var read = isSet ? LineFormatParser.parse(message, parent.field("log_format")) : STANDARD;
    return read == null ? STANDARD : read;
  }
}
