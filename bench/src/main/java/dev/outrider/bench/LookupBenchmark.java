package dev.outrider.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The last header of a request looked up, and one that it does not have.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LookupBenchmark {
  private static final HeaderName LAST = HeaderName.of("x-custom-last");
  private static final byte[] LAST_BYTES = "x-custom-last".getBytes(US_ASCII);

  /// Beside the pseudo-headers.
  @Param({"10", "60"})
  public int headers;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private HeaderMap head;

  @Setup
  public void setUp() {
    head = new HeadStores(false).take(HeadKind.REQUEST);
    head.add(HeaderNames.METHOD, "GET");
    head.add(HeaderNames.SCHEME, "http");
    head.add(HeaderNames.AUTHORITY, "shop.example.test");
    head.add(HeaderNames.PATH, "/api/v1/items?page=2");
    for (int i = 2; i < headers; i++) {
      head.add(HeaderName.of("x-custom-" + i), "some value of usual length " + i);
    }
    head.add(LAST, "value");
    head.add(HeaderNames.X_REQUEST_ID, "7c2d2a1e-6f0a-4b1e-9a51-2f3c6d7e8f90");
  }

  /// A name that the proxy knows.
  @Benchmark
  public int byKnownName() {
    return head.find(HeaderNames.X_REQUEST_ID);
  }

  /// A name from the configuration.
  @Benchmark
  public int byConfiguredName() {
    return head.find(LAST);
  }

  /// A name as a guest gives it.
  @Benchmark
  public int byBytes() {
    return head.find(LAST_BYTES, 0, LAST_BYTES.length, 0);
  }

  @Benchmark
  public int absent() {
    return head.find(HeaderNames.COOKIE);
  }
}
