package dev.outrider.proxy.xds.core;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.config.LineFormat;
import dev.outrider.proxy.extension.ProviderRegistry;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads `core.v3.SubstitutionFormatString`; what its operators mean is for others.
public final class LineFormatParser {
  private static final String WITHOUT_QUERY =
      "envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery";

  /// Formatters whose operators are always known, as in Envoy 1.40.
  private static final Set<String> BUILT_IN =
      Set.of(
          "envoy.extensions.formatter.metadata.v3.Metadata",
          "envoy.extensions.formatter.cel.v3.Cel");

  private LineFormatParser() {}

  /// Whether a file has to be read.
  public static boolean readsFile(SubstitutionFormatString message) {
    return message.getTextFormatSource().hasFilename();
  }

  /// Null, with a problem, if there is none. In the background, if the text is in a file. JSON has
  /// sorted keys whatever `json_format_options` says, as in Envoy.
  @SuppressWarnings("deprecation") // text_format is still written
  public static @Nullable LineFormat parse(SubstitutionFormatString message, Scope scope) {
    var withoutQuery = formatters(message.getFormattersList(), scope);
    var omitEmpty = message.getOmitEmptyValues();
    return switch (message.getFormatCase()) {
      case TEXT_FORMAT -> new LineFormat.Text(message.getTextFormat(), omitEmpty, withoutQuery);
      case TEXT_FORMAT_SOURCE ->
          new LineFormat.Text(
              text(message.getTextFormatSource(), scope.field("text_format_source")),
              omitEmpty,
              withoutQuery);
      case JSON_FORMAT ->
          new LineFormat.Json(members(message.getJsonFormat()), omitEmpty, withoutQuery);
      case FORMAT_NOT_SET -> {
        scope.problem("one of text_format_source, json_format is required");
        yield null;
      }
    };
  }

  /// What format strings may say that stand beside these formatters.
  public static FormatEnvironment environment(List<TypedExtensionConfig> formatters, Scope scope) {
    return Formats.environment(formatters(formatters, scope));
  }

  private static boolean formatters(List<TypedExtensionConfig> messages, Scope scope) {
    var withoutQuery = false;
    for (var i = 0; i < messages.size(); i++) {
      var type = ProviderRegistry.typeName(messages.get(i).getTypedConfig().getTypeUrl());
      if (type.equals(WITHOUT_QUERY)) {
        withoutQuery = true;
      } else if (!BUILT_IN.contains(type)) {
        scope
            .item("formatters", i)
            .problem(
                "formatter '%s' (%s) is not supported".formatted(messages.get(i).getName(), type));
      }
    }
    return withoutQuery;
  }

  private static String text(DataSource source, Scope scope) {
    var bytes = DataSources.text(source, scope);
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }

  /// Maps, lists, texts, numbers, booleans and nulls.
  public static Map<String, @Nullable Object> members(Struct message) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    message.getFieldsMap().forEach((key, value) -> map.put(key, object(value)));
    return map;
  }

  private static @Nullable Object object(Value value) {
    return switch (value.getKindCase()) {
      case NULL_VALUE, KIND_NOT_SET -> null;
      case NUMBER_VALUE -> value.getNumberValue();
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> value.getBoolValue();
      case STRUCT_VALUE -> members(value.getStructValue());
      case LIST_VALUE -> list(value.getListValue().getValuesList());
    };
  }

  private static List<@Nullable Object> list(List<Value> values) {
    var list = new ArrayList<@Nullable Object>();
    values.forEach(value -> list.add(object(value)));
    return list;
  }
}
