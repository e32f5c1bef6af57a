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

/// A chunked request, head included, read from one buffer; the data is not copied.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChunkBenchmark {
  @Param({"1", "16", "256"})
  public int chunks;

  @Param({"16", "1024"})
  public int bytesPerChunk;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private MessageRig message;

  @Setup
  public void setUp() {
    message = MessageRig.chunked(chunks, bytesPerChunk);
  }

  @TearDown
  public void tearDown() {
    message.close();
  }

  @Benchmark
  public long decode() {
    return message.run();
  }
}
