package dev.outrider.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// One call from a guest to the host, in a guest that makes a hundred of them for each stream: the
/// hundredth part of a stream (see [FilterBenchmark]) is in it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HostCallBenchmark {
  @Param({
    "NOTHING",
    "GET_HEADER",
    "REPLACE_HEADER",
    "ADD_AND_REMOVE_HEADER",
    "GET_PROPERTY",
    "LOG",
    "CLOCK",
    "TWENTY_HEADERS"
  })
  @SuppressWarnings("NullAway.Init") // JMH sets it
  public String call;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private FilterRig rig;

  @Setup
  public void setUp() {
    rig = FilterRig.of(HostCall.valueOf(call));
  }

  @Benchmark
  @OperationsPerInvocation(HostCall.TIMES)
  public void call() {
    rig.run();
  }
}
