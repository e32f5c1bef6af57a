package dev.outrider.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The head of a response with eight headers in HTTP/1.1: parsed, and parsed, edited twice and
/// written.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ResponseHeadBenchmark {
  private final MessageRig parsing = MessageRig.response(false);
  private final MessageRig forwarding = MessageRig.response(true);

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
