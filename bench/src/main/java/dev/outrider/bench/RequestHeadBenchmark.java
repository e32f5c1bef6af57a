package dev.outrider.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A request's head in HTTP/1.1: parsed, and parsed, checked, edited three times and written.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RequestHeadBenchmark {
  /// Beside `host`.
  @Param({"5", "10", "20", "60"})
  public int headers;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private MessageRig parsing;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private MessageRig forwarding;

  @Setup
  public void setUp() {
    parsing = MessageRig.request(headers, false);
    forwarding = MessageRig.request(headers, true);
  }

  @TearDown
  public void tearDown() {
    parsing.close();
    forwarding.close();
  }

  @Benchmark
  public long parse() {
    return parsing.run();
  }

  @Benchmark
  public long parseEditWrite() {
    return forwarding.run();
  }
}
