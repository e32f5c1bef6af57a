package dev.outrider.proxy.xds.route;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.TemplateRewrite;
import dev.outrider.proxy.routing.UriTemplate;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig;
import org.jspecify.annotations.Nullable;

/// Reads `path_match_policy` and `path_rewrite_policy`, of which URI templates are the only kind.
final class UriTemplateParser {
  private static final String MATCH =
      "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";
  private static final String REWRITE =
      "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig";

  private UriTemplateParser() {}

  /// Every path, and a problem, if it is none.
  static PathMatcher matcher(TypedExtensionConfig message, Scope scope) {
    var place = scope.field("typed_config");
    try {
      if (isOf(MATCH, message, place)) {
        var text =
            UriTemplateMatchConfig.parseFrom(message.getTypedConfig().getValue()).getPathTemplate();
        try {
          return new PathMatcher.Template(UriTemplate.of(text));
        } catch (IllegalArgumentException e) {
          place.problem(
              "path_match_policy.path_template %s is invalid: %s".formatted(text, e.getMessage()));
        }
      }
    } catch (InvalidProtocolBufferException e) {
      place.problem(String.valueOf(e.getMessage()));
    }
    return new PathMatcher.Prefix("/", true);
  }

  /// Null, and a problem, if it is none.
  ///
  /// @param matched what the route matches
  static @Nullable PathRewrite rewrite(
      TypedExtensionConfig message, PathMatcher matched, Scope scope) {
    var place = scope.field("typed_config");
    try {
      if (!isOf(REWRITE, message, place)) {
        return null;
      }
      var text =
          UriTemplateRewriteConfig.parseFrom(message.getTypedConfig().getValue())
              .getPathTemplateRewrite();
      if (!(matched instanceof PathMatcher.Template(var template))) {
        scope.problem(
            "unable to use envoy.path.rewrite.uri_template.uri_template_rewriter extension without"
                + " envoy.path.match.uri_template.uri_template_matcher extension");
        return null;
      }
      try {
        return new PathRewrite.Template(TemplateRewrite.of(template, text));
      } catch (IllegalArgumentException e) {
        place.problem(
            "path_rewrite_policy.path_template_rewrite %s is invalid: %s"
                .formatted(text, e.getMessage()));
      }
    } catch (InvalidProtocolBufferException e) {
      place.problem(String.valueOf(e.getMessage()));
    }
    return null;
  }

  private static boolean isOf(String type, TypedExtensionConfig message, Scope scope) {
    var url = message.getTypedConfig().getTypeUrl();
    var known = ProviderRegistry.typeName(url).equals(type);
    if (!known) {
      scope.problem("only " + type + " is supported, is '" + url + "'");
    }
    return known;
  }
}
