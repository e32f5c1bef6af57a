package dev.outrider.bench;

import com.google.protobuf.Any;
import dev.outrider.bench.wire.RequestHeader;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// An example filter with the configuration it is measured with, and the request that suits it.
enum Example implements MeasuredFilter {
  /// C: two headers read and one added, each way.
  HEADERS("headers", "", "x-plain", "1"),
  /// Rust, an API key looked up.
  AUTH_KEY(
      "auth",
      """
      {"api_keys": {"header": "x-api-key", "keys": [{"subject": "shop", "key": "shop-key"}]}}
      """,
      "x-api-key",
      "shop-key"),
  /// Rust, a token that was verified before.
  AUTH_TOKEN(
      "auth",
      """
      {"jwt": {"require_expiry": false, "keys":
        [{"algorithm": "HS256", "secret": "first-light-demo-secret-0123456789"}]}}
      """,
      "authorization",
      "Bearer "
          + Tokens.signed(
              "{\"sub\":\"ada\",\"iss\":\"https://issuer.example\"}",
              "first-light-demo-secret-0123456789")),
  /// Go, one bucket that never runs dry.
  RATE_LIMIT(
      "rate-limit",
      """
      {"limits": [{"name": "all", "requests": 1000000, "burst": 1000000}]}
      """,
      "x-plain",
      "1");

  private final String folder;
  private final String configuration;
  private final String header;
  private final String value;

  Example(String folder, String configuration, String header, String value) {
    this.folder = folder;
    this.configuration = configuration;
    this.header = header;
    this.value = value;
  }

  Path module() {
    var home = Path.of(System.getProperty("outrider.home", "."));
    return home.resolve("filters-examples").resolve(folder).resolve(folder + ".wasm");
  }

  String configuration() {
    return configuration;
  }

  @Override
  public String header() {
    return header;
  }

  @Override
  public String value() {
    return value;
  }

  /// What a request is sent with when there is no filter, or the header that the filter looks for.
  static RequestHeader headerFor(@Nullable Example example) {
    return example == null
        ? new RequestHeader("x-plain", "1")
        : new RequestHeader(example.header, example.value);
  }

  @Override
  public Any asFilterConfig() {
    var code = DataSource.newBuilder().setFilename(module().toString()).build();
    return MeasuredFilter.config(folder, code, configuration);
  }
}
