package dev.outrider.proxy.xds.listener;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.JsonFormat;
import dev.outrider.proxy.config.BodyFormat;
import dev.outrider.proxy.config.LocalReplyOptions;
import dev.outrider.proxy.xds.accesslog.LogFilterParser;
import dev.outrider.proxy.xds.core.HeaderEditParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  @SuppressWarnings("deprecation") // text_format is still written
  private static @Nullable BodyFormat format(SubstitutionFormatString message, Scope scope) {
    scope.refuse(message.getFormattersCount() > 0, "formatters");
    var type = message.getContentType();
    return switch (message.getFormatCase()) {
      case TEXT_FORMAT -> text(message, message.getTextFormat(), scope);
      case TEXT_FORMAT_SOURCE ->
          text(message, text(message.getTextFormatSource(), scope, "text_format_source"), scope);
      case JSON_FORMAT -> {
        scope.refuse(message.getOmitEmptyValues(), "omit_empty_values");
        yield new BodyFormat.Json(
            JsonFormat.parse(
                map(message.getJsonFormat()),
                FormatEnvironment.ofProcess(),
                problem -> scope.problem("json_format", problem)),
            type.isEmpty() ? "application/json" : type);
      }
      case FORMAT_NOT_SET -> {
        scope.problem("one of text_format_source, json_format is required");
        yield null;
      }
    };
  }

  private static BodyFormat text(SubstitutionFormatString message, String text, Scope scope) {
    var format =
        FormatString.parse(
            text, FormatEnvironment.ofProcess(), problem -> scope.problem("text_format", problem));
    var type = message.getContentType();
    return new BodyFormat.Text(
        format, message.getOmitEmptyValues() ? "" : "-", type.isEmpty() ? "text/plain" : type);
  }

  private static Map<String, @Nullable Object> map(Struct message) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    message.getFieldsMap().forEach((key, value) -> map.put(key, object(value)));
    return map;
  }

  private static @Nullable Object object(Value value) {
    return switch (value.getKindCase()) {
      case NULL_VALUE, KIND_NOT_SET -> null;
      case NUMBER_VALUE -> number(value.getNumberValue());
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> value.getBoolValue();
      case STRUCT_VALUE -> map(value.getStructValue());
      case LIST_VALUE -> list(value.getListValue().getValuesList());
    };
  }

  private static List<@Nullable Object> list(List<Value> values) {
    var list = new ArrayList<@Nullable Object>();
    values.forEach(value -> list.add(object(value)));
    return list;
  }

  private static Number number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
      return (long) value;
    }
    return value;
  }
}
