package dev.outrider.proxy.xds.core;

import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.HeaderCase;
import dev.outrider.proxy.http.Http1Options;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;

/// Reads `core.v3.Http1ProtocolOptions`, of a connection manager and of a cluster alike.
public final class Http1OptionsParser {
  private static final String PRESERVE_CASE =
      "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig";

  private Http1OptionsParser() {}

  public static Http1Options parse(Http1ProtocolOptions message, Scope scope) {
    return new Http1Options(
        message.getEnableTrailers(),
        message.getAcceptHttp10(),
        message.getDefaultHostForHttp10(),
        message.getAllowChunkedLength(),
        !message.hasAllowAbsoluteUrl() || message.getAllowAbsoluteUrl().getValue(),
        message.getAllowCustomMethods(),
        message.getSendFullyQualifiedUrl(),
        headerCase(message.getHeaderKeyFormat(), scope.field("header_key_format")));
  }

  private static HeaderCase headerCase(HeaderKeyFormat message, Scope scope) {
    return switch (message.getHeaderFormatCase()) {
      case PROPER_CASE_WORDS -> HeaderCase.PROPER_WORDS;
      case STATEFUL_FORMATTER ->
          stateful(message.getStatefulFormatter(), scope.field("stateful_formatter"));
      case HEADERFORMAT_NOT_SET -> HeaderCase.LOWER;
    };
  }

  private static HeaderCase stateful(TypedExtensionConfig message, Scope scope) {
    var config = message.getTypedConfig();
    if (!ProviderRegistry.typeName(config.getTypeUrl()).equals(PRESERVE_CASE)) {
      scope.problem(
          "Didn't find a registered implementation for name: '%s'".formatted(message.getName()));
    }
    // The options of the formatter are not acted on, so that it must have none.
    scope.refuse(!config.getValue().isEmpty(), "typed_config.forward_reason_phrase");
    return HeaderCase.PRESERVED;
  }
}
