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

/// The last of so many routes.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteBenchmark {
  @Param({"10", "1000", "10000"})
  public int routes;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private RouteRig rig;

  @Setup
  public void setUp() {
    rig = new RouteRig(routes);
  }

  @Benchmark
  public Object match() {
    return rig.run();
  }
}
