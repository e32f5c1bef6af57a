package dev.outrider.proxy.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.config.AccessLogConfig.Sink;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.stream.AccessLogger;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StderrAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads access logs: to a file, to standard output, to standard error; text formats.
final class AccessLogParser {
  private static final String FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
  private static final String STDOUT = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
  private static final String STDERR = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog";

  private final AccessLogOpener opener;

  AccessLogParser(AccessLogOpener opener) {
    this.opener = opener;
  }

  List<AccessLogger> parse(List<AccessLog> messages, Scope scope) {
    var loggers = new ArrayList<AccessLogger>();
    for (var i = 0; i < messages.size(); i++) {
      var place = scope.item("access_log", i);
      var config = config(messages.get(i), place);
      if (config != null) {
        switch (opener.open(config, place.context(messages.get(i).getName()))) {
          case Parsed.Valid<AccessLogger>(var logger) -> loggers.add(logger);
          case Parsed.Invalid<AccessLogger>(var problems) -> scope.problems().addAll(problems);
        }
      }
    }
    return loggers;
  }

  private static @Nullable AccessLogConfig config(AccessLog message, Scope scope) {
    scope.refuse(message.hasFilter(), "filter");
    var before = scope.problems().size();
    var typed = message.getTypedConfig();
    var config = config(message.getName(), typed, scope.field("typed_config"));
    return scope.problems().size() == before ? config : null;
  }

  private static @Nullable AccessLogConfig config(String name, Any typed, Scope scope) {
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
        default -> {
          scope.problem(
              "Didn't find a registered implementation for '%s' with type URL: '%s'"
                  .formatted(name, ProviderRegistry.typeName(typed.getTypeUrl())));
          yield null;
        }
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
