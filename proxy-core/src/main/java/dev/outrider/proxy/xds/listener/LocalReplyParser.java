package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.JsonFormat;
import dev.outrider.proxy.config.BodyFormat;
import dev.outrider.proxy.config.LineFormat;
import dev.outrider.proxy.config.LocalReplyOptions;
import dev.outrider.proxy.xds.accesslog.LogFilterParser;
import dev.outrider.proxy.xds.core.Formats;
import dev.outrider.proxy.xds.core.HeaderEditParser;
import dev.outrider.proxy.xds.core.LineFormatParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Reads `LocalReplyConfig`.
final class LocalReplyParser {
  private LocalReplyParser() {}

  static LocalReplyOptions parse(LocalReplyConfig message, Scope scope) {
    var mappers = new ArrayList<LocalReplyOptions.Mapper>();
    for (var i = 0; i < message.getMappersCount(); i++) {
      mappers.add(mapper(message.getMappers(i), scope.item("mappers", i)));
    }
    return new LocalReplyOptions(
        mappers,
        message.hasBodyFormat()
            ? format(message.getBodyFormat(), scope.field("body_format"))
            : null);
  }

  private static LocalReplyOptions.Mapper mapper(ResponseMapper message, Scope scope) {
    return new LocalReplyOptions.Mapper(
        LogFilterParser.parse(message.getFilter(), scope.field("filter")),
        message.getStatusCode().getValue(),
        message.hasBody() ? text(message.getBody(), scope, "body") : null,
        HeaderEditParser.parse(message.getHeadersToAddList(), scope, "headers_to_add"),
        message.hasBodyFormatOverride()
            ? format(message.getBodyFormatOverride(), scope.field("body_format_override"))
            : null);
  }

  private static String text(DataSource message, Scope scope, String field) {
    return switch (message.getSpecifierCase()) {
      case INLINE_STRING -> message.getInlineString();
      case INLINE_BYTES -> message.getInlineBytes().toStringUtf8();
      case FILENAME, ENVIRONMENT_VARIABLE, SPECIFIER_NOT_SET -> {
        scope.problem(field, "only inline_string and inline_bytes are supported");
        yield "";
      }
    };
  }

  private static @Nullable BodyFormat format(SubstitutionFormatString message, Scope scope) {
    if (LineFormatParser.readsFile(message)) {
      scope.problem("text_format_source", "only inline_string and inline_bytes are supported");
      return null;
    }
    var type = message.getContentType();
    return switch (LineFormatParser.parse(message, scope)) {
      case LineFormat.Text(var text, var omitEmpty, var withoutQuery) ->
          new BodyFormat.Text(
              FormatString.parse(
                  text,
                  Formats.environment(withoutQuery),
                  problem -> scope.problem("text_format", problem)),
              omitEmpty ? "" : "-",
              type.isEmpty() ? "text/plain" : type);
      case LineFormat.Json(var members, var omitEmpty, var withoutQuery) ->
          new BodyFormat.Json(
              JsonFormat.parse(
                  members,
                  omitEmpty,
                  Formats.environment(withoutQuery),
                  problem -> scope.problem("json_format", problem)),
              type.isEmpty() ? "application/json" : type);
      case LineFormat.Standard _ -> null;
      case null -> null;
    };
  }
}
