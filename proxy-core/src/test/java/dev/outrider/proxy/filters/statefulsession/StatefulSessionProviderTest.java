package dev.outrider.proxy.filters.statefulsession;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.filters.http.stateful_session.v3.StatefulSession;
import io.envoyproxy.envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState;
import io.envoyproxy.envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState;
import io.envoyproxy.envoy.type.http.v3.Cookie;
import io.envoyproxy.envoy.type.http.v3.CookieAttribute;
import org.junit.jupiter.api.Test;

/// `session_state` and `strict`; of a cookie `name`, `ttl`, `path` and `attributes`, each with a
/// `value`.
class StatefulSessionProviderTest {

  private static Parsed<HttpFilterFactory> parse(StatefulSession config) {
    return new StatefulSessionProvider()
        .parse(Any.pack(config), new ParseContext("listener 'l'", "f", "ss"))
        .toCompletableFuture()
        .join();
  }

  private static StatefulSession with(Message state) {
    return StatefulSession.newBuilder()
        .setStrict(true)
        .setSessionState(
            TypedExtensionConfig.newBuilder().setName("s").setTypedConfig(Any.pack(state)))
        .build();
  }

  @Test
  void takesCookiesAndHeaders() {
    var cookie =
        Cookie.newBuilder()
            .setName("sid")
            .setTtl(Duration.newBuilder().setSeconds(5))
            .setPath("/a")
            .addAttributes(CookieAttribute.newBuilder().setName("SameSite").setValue("Lax"));

    assertThat(parse(with(CookieBasedSessionState.newBuilder().setCookie(cookie).build())))
        .isInstanceOf(Parsed.Valid.class);
    assertThat(parse(with(HeaderBasedSessionState.newBuilder().setName("x-sid").build())))
        .isInstanceOf(Parsed.Valid.class);
  }

  @Test
  void withoutAStateThereAreNoSessions() {
    assertThat(parse(StatefulSession.getDefaultInstance())).isInstanceOf(Parsed.Valid.class);
  }

  @Test
  void refusesOtherStatesByName() {
    assertThat(parse(with(Duration.getDefaultInstance())))
        .isEqualTo(
            Parsed.invalid(
                new ParseContext("listener 'l'", "f", "ss")
                    .problem(
                        "session_state",
                        "Didn't find a registered implementation for 's' with type URL:"
                            + " 'google.protobuf.Duration'")));
  }
}
