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

/// One stream through one filter: context created, request head, response head, context deleted.
/// The filter's own cost is the difference to `NONE`.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FilterBenchmark {
  @Param({"NONE", "HEADERS", "AUTH_KEY", "AUTH_TOKEN", "RATE_LIMIT"})
  @SuppressWarnings("NullAway.Init") // JMH sets it
  public String filter;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private FilterRig rig;

  @Setup
  public void setUp() {
    rig = filter.equals("NONE") ? FilterRig.withoutFilter() : FilterRig.of(Example.valueOf(filter));
  }

  @Benchmark
  public void stream() {
    rig.run();
  }
}
