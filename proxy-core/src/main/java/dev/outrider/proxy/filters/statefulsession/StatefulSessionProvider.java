package dev.outrider.proxy.filters.statefulsession;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.FilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.HashSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.filters.http.stateful_session.v3.StatefulSession;
import io.envoyproxy.envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState;
import io.envoyproxy.envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Makes filters of `filters.http.stateful_session.v3.StatefulSession`.
public final class StatefulSessionProvider implements FilterProvider {
  private static final String TYPE =
      "envoy.extensions.filters.http.stateful_session.v3.StatefulSession";
  private static final String PACKAGE = "envoy.extensions.http.stateful_session.";
  private static final String COOKIE = PACKAGE + "cookie.v3.CookieBasedSessionState";
  private static final String HEADER = PACKAGE + "header.v3.HeaderBasedSessionState";

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<HttpFilterFactory>> parse(Any config, ParseContext context) {
    return CompletableFuture.completedFuture(
        context
            .unpack(config, StatefulSession.parser())
            .then(message -> factory(message, context)));
  }

  /// Without a state there are no sessions.
  private static Parsed<HttpFilterFactory> factory(StatefulSession message, ParseContext context) {
    if (!message.hasSessionState()) {
      return Parsed.valid(HttpFilterFactory.of(_ -> null));
    }
    var strict = message.getStrict();
    return place(message.getSessionState(), context)
        .then(
            place ->
                Parsed.valid(
                    HttpFilterFactory.of(
                        stream -> new StatefulSessionFilter(place, strict, stream))));
  }

  private static Parsed<SessionPlace> place(TypedExtensionConfig state, ParseContext context) {
    var typed = state.getTypedConfig();
    var type = ProviderRegistry.typeName(typed.getTypeUrl());
    try {
      return switch (type) {
        case COOKIE ->
            Parsed.valid(cookie(CookieBasedSessionState.parseFrom(typed.getValue()).getCookie()));
        case HEADER ->
            Parsed.valid(
                new HeaderSession(
                    HeaderName.of(HeaderBasedSessionState.parseFrom(typed.getValue()).getName())));
        default ->
            refused(
                context,
                "Didn't find a registered implementation for '%s' with type URL: '%s'"
                    .formatted(state.getName(), type));
      };
    } catch (InvalidProtocolBufferException malformed) {
      return refused(context, "is not a " + type + ": " + malformed.getMessage());
    }
  }

  private static Parsed<SessionPlace> refused(ParseContext context, String why) {
    ConfigProblem problem = context.problem("session_state", why);
    return Parsed.invalid(problem);
  }

  private static SessionPlace cookie(io.envoyproxy.envoy.type.http.v3.Cookie message) {
    return new CookieSession(
        new HashSource.Cookie(
            message.getName(),
            Duration.ofSeconds(message.getTtl().getSeconds()),
            message.getPath(),
            message.getAttributesList().stream()
                .map(
                    attribute ->
                        new HashSource.CookieAttribute(attribute.getName(), attribute.getValue()))
                .toList()));
  }
}
