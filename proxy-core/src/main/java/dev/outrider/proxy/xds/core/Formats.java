package dev.outrider.proxy.xds.core;

import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.expression.CelExpression;

/// What the format strings of a configuration may say.
public final class Formats {
  private Formats() {}

  /// That of this process, with expressions.
  ///
  /// @param withoutQuery whether the formatter `envoy.formatter.req_without_query` is configured
  public static FormatEnvironment environment(boolean withoutQuery) {
    return FormatEnvironment.ofProcess()
        .with((text, problems) -> CelExpression.compile(text, problems))
        .withoutQuery(withoutQuery);
  }
}
