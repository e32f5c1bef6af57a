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

/// The last of so many routes: of one virtual host, or of the last of a thousand.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteBenchmark {
  private static final int MANY_HOSTS = 1_000;
  private static final int FEW_ROUTES = 10;

  /// So many routes of one virtual host; or ten of each of a thousand, found by a name or by its
  /// end.
  @Param({"10", "1000", "10000", "hosts", "suffixes"})
  @SuppressWarnings("NullAway.Init") // JMH sets it
  public String table;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private RouteRig rig;

  @Setup
  public void setUp() {
    rig =
        switch (table) {
          case "hosts" -> new RouteRig(MANY_HOSTS, FEW_ROUTES);
          case "suffixes" -> new RouteRig(MANY_HOSTS, FEW_ROUTES).byEnd(MANY_HOSTS);
          default -> new RouteRig(Integer.parseInt(table));
        };
  }

  @Benchmark
  public Object match() {
    return rig.run();
  }
}
