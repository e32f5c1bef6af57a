package dev.outrider.proxy.extension;

import dev.outrider.proxy.attributes.FormatEnvironment;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import java.util.List;

/// Finds out what the format strings of an extension may say.
@FunctionalInterface
public interface FormatReader {

  /// What formats may say beside Envoy's own operators.
  ///
  /// @param formatters configured beside the format strings, as `formatters`
  /// @param problems gets those of formatters that are not known
  FormatEnvironment read(
      List<TypedExtensionConfig> formatters, ParseContext context, List<ConfigProblem> problems);
}
