package dev.outrider.bench;

import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The library's round trip to a guest that does nothing: enter, call, leave, hand over effects.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CallbackBenchmark {
  @SuppressWarnings("NullAway.Init") // made in setUp
  private GuestHarness guest;

  @Setup
  public void setUp() {
    guest = GuestHarness.start(Wat.guest().on("proxy_on_tick", "i:", "").wasm(), "");
  }

  @TearDown
  public void tearDown() {
    guest.close();
  }

  @Benchmark
  public void tick() {
    guest.plugin().onTick();
  }
}
