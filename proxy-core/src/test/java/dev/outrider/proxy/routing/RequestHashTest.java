package dev.outrider.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.XxHash;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.StreamInfo;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestHashTest {
  private final StreamInfo info = new StreamInfo();
  private final RequestHash hash = new RequestHash();

  @BeforeEach
  void connected() {
    client("10.0.0.2");
  }

  private void client(String address) {
    info.reset(new ConnectionInfo(1, new HostPort("10.0.0.1", 80), new HostPort(address, 5000)), 1);
  }

  private static HashPolicy policy(HashSource source) {
    return new HashPolicy(source, false);
  }

  private static HashSource header(String name) {
    return new HashSource.Header(HeaderName.of(name), null);
  }

  private static HashSource cookie(String name, @Nullable Duration lifetime) {
    return new HashSource.Cookie(name, lifetime, "", List.of());
  }

  /// Null if there is none.
  private @Nullable Long of(HashSource source, String path, String... headers) {
    return of(List.of(policy(source)), path, headers);
  }

  private @Nullable Long of(List<HashPolicy> policies, String path, String... headers) {
    hash.clear();
    var head = Heads.request("a", path, headers);
    return hash.isKnown(policies, head, info) ? hash.value() : null;
  }

  @Test
  void aHeaderIsHashedAsItIs() {
    assertThat(of(header("x-a"), "/", "x-a", "foo")).isEqualTo(XxHash.of("foo"));
    assertThat(of(header("x-b"), "/", "x-a", "foo")).isNull();
    assertThat(of(header(":path"), "/p", "x-a", "foo")).isEqualTo(XxHash.of("/p"));
  }

  /// The number of Envoy's own test.
  @Test
  void severalLinesAreHashedTogetherInWhateverOrder() {
    var expected = Long.parseUnsignedLong("6648465492906218751");
    assertThat(of(header("x-a"), "/", "x-a", "foo", "x-a", "bar")).isEqualTo(expected);
    assertThat(of(header("x-a"), "/", "x-a", "bar", "x-a", "foo")).isEqualTo(expected);
  }

  @Test
  void aHeaderMayBeRewrittenBefore() {
    var source =
        new HashSource.Header(HeaderName.of("x-a"), RegexSubstitution.of("^(\\w+)-.*$", "\\1"));
    assertThat(of(source, "/", "x-a", "foo-bar")).isEqualTo(XxHash.of("foo"));
  }

  @Test
  void theFirstQueryParameterOfThatNameCounts() {
    var source = new HashSource.QueryParameter("q");
    assertThat(of(source, "/?p=1&q=2&q=3")).isEqualTo(XxHash.of("2"));
    assertThat(of(source, "/?q=%20")).isEqualTo(XxHash.of("%20"));
    assertThat(of(source, "/?q")).isEqualTo(XxHash.of(""));
    assertThat(of(source, "/?qq=1")).isNull();
    assertThat(of(source, "/q=1")).isNull();
  }

  @Test
  void theAddressOfTheClientHasNoPortAndNoBrackets() {
    assertThat(of(new HashSource.SourceIp(), "/")).isEqualTo(XxHash.of("10.0.0.2"));

    client("::1");
    assertThat(of(new HashSource.SourceIp(), "/")).isEqualTo(XxHash.of("::1"));

    info.remote(new HostPort("9.9.9.9", 0));
    assertThat(of(new HashSource.SourceIp(), "/")).isEqualTo(XxHash.of("9.9.9.9"));

    info.remote(HostPort.pipe("/run/x"));
    assertThat(of(new HashSource.SourceIp(), "/")).isNull();
  }

  @Test
  void onlyOneKindOfFilterStateCanBeHashed() {
    for (var name : List.of("envoy.hashable_string", "envoy.string")) {
      info.keep(
          new FilterState.Entry(
              name.getBytes(StandardCharsets.US_ASCII),
              "v".getBytes(StandardCharsets.US_ASCII),
              FilterState.Shape.DEFAULT));
    }

    assertThat(of(new HashSource.FilterStateObject("envoy.hashable_string"), "/"))
        .isEqualTo(XxHash.of("v"));
    assertThat(of(new HashSource.FilterStateObject("envoy.string"), "/")).isNull();
  }

  @Test
  void aCookieIsFoundAmongOthers() {
    assertThat(of(cookie("c", null), "/", "cookie", "a=1;  c=v ; c=w")).isEqualTo(XxHash.of("v "));
    assertThat(of(cookie("c", null), "/", "cookie", "a=1", "cookie", "c=\"v\""))
        .isEqualTo(XxHash.of("v"));
    assertThat(of(cookie("c", null), "/", "cookie", "c; cc=1; c=")).isNull();
    assertThat(hash.newCookies()).isEmpty();
  }

  @Test
  void aCookieThatIsMissingIsMadeUpOncePerStream() {
    var made = "%016x".formatted(XxHash.of("10.0.0.2:500010.0.0.1:80"));

    assertThat(of(cookie("c", Duration.ofSeconds(60)), "/", "cookie", "c=\"\""))
        .isEqualTo(XxHash.of(made));
    assertThat(hash.isKnown(List.of(policy(cookie("c", Duration.ZERO))), null, info)).isTrue();
    assertThat(hash.newCookies()).containsExactly("c=\"" + made + "\"; Max-Age=60; HttpOnly");
  }

  @Test
  void aCookieThatIsMadeUpSaysWhatIsConfigured() {
    var source =
        new HashSource.Cookie(
            "c",
            Duration.ZERO,
            "/p",
            List.of(
                new HashSource.CookieAttribute("SameSite", "None"),
                new HashSource.CookieAttribute("Secure", "")));

    assertThat(source.setting("x")).isEqualTo("c=\"x\"; Path=/p; SameSite=None; Secure; HttpOnly");
  }

  @Test
  void policiesAreCombinedInOrder() {
    var both = List.of(policy(header("x-a")), policy(header("x-b")));

    assertThat(of(both, "/", "x-a", "1", "x-b", "2"))
        .isEqualTo(Long.rotateLeft(XxHash.of("1"), 1) ^ XxHash.of("2"));
    assertThat(of(both, "/", "x-a", "1", "x-b", "1")).isNotZero();
    assertThat(of(both, "/", "x-b", "2")).isEqualTo(XxHash.of("2"));
  }

  @Test
  void aTerminalPolicyIsTheLastIfThereIsAHash() {
    var policies =
        List.of(new HashPolicy(header("x-a"), true), new HashPolicy(header("x-b"), false));

    assertThat(of(policies, "/", "x-a", "1", "x-b", "2")).isEqualTo(XxHash.of("1"));
    assertThat(of(policies, "/", "x-b", "2")).isEqualTo(XxHash.of("2"));
  }

  @Test
  void aConnectionWithoutARequestHasAnAddressAndNothingElse() {
    var policies = List.of(policy(header("x-a")), policy(new HashSource.SourceIp()));

    assertThat(hash.isKnown(policies, null, info)).isTrue();
    assertThat(hash.value()).isEqualTo(XxHash.of("10.0.0.2"));
  }

  /// The usual request: every ingredient is there once.
  @Test
  void hashingAllocatesNothing() {
    var policies =
        List.of(
            policy(header("x-a")),
            policy(cookie("c", Duration.ZERO)),
            policy(new HashSource.QueryParameter("q")),
            policy(new HashSource.SourceIp()));
    var head = Heads.request("a", "/?p=1&q=2", "x-a", "user-1", "cookie", "a=1; c=2");
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assertThat(hash(policies, head, 20_000)).isEqualTo(20_000);

    var before = threads.getCurrentThreadAllocatedBytes();
    var known = hash(policies, head, 10_000);
    var allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(known).isEqualTo(10_000);
    assertThat(allocated).isLessThan(10_000);
  }

  private int hash(List<HashPolicy> policies, HeaderMap head, int times) {
    var known = 0;
    for (var i = 0; i < times; i++) {
      hash.clear();
      known += hash.isKnown(policies, head, info) ? 1 : 0;
    }
    return known;
  }
}
