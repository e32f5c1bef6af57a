package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.server.Growth.Footprint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GrowthTest {
  private static final String STREAM = "dev.outrider.proxy.downstream.HttpStream";
  private static final int MEGABYTE = 1 << 20;

  @Test
  void findsAClassOfOursThatGrowsWithTheWork() {
    var leaks = Growth.leaks(streams(100, 120, 140, 160));

    assertThat(leaks).containsExactly(STREAM + ": [100, 120, 140, 160]");
  }

  @Test
  void doesNotMindWhatHasStoppedGrowing() {
    assertThat(Growth.leaks(streams(100, 900, 1500, 1500))).isEmpty();
    assertThat(Growth.leaks(streams(100, 90, 400, 410))).isEmpty();
  }

  @Test
  void findsBytesOfOtherClasses() {
    var leaks = Growth.leaks(bytes(20 * MEGABYTE, 23 * MEGABYTE, 26 * MEGABYTE, 29 * MEGABYTE));

    assertThat(leaks).singleElement().asString().startsWith("bytes on the heap: [20971520, ");
    assertThat(Growth.leaks(bytes(20 * MEGABYTE, 30 * MEGABYTE, 31 * MEGABYTE, 42 * MEGABYTE)))
        .isEmpty();
  }

  @Test
  void countsWhatIsReallyThere() {
    var kept = new ArrayList<FakeClock>();
    var footprints = new ArrayList<Footprint>();
    for (var window = 0; window < 4; window++) {
      IntStream.range(0, 100).forEach(_ -> kept.add(new FakeClock()));
      footprints.add(new Footprint(LiveObjects.counted(), 0, 0, kept.size()));
    }

    assertThat(Growth.leaks(footprints))
        .singleElement()
        .asString()
        .startsWith(FakeClock.class.getName());
    assertThat(kept).hasSize(400);
  }

  private static List<Footprint> streams(long... counts) {
    return IntStream.range(0, counts.length)
        .mapToObj(i -> new Footprint(new LiveObjects(Map.of(STREAM, counts[i]), 0), 0, 0, i * 200L))
        .toList();
  }

  private static List<Footprint> bytes(long... counts) {
    return IntStream.range(0, counts.length)
        .mapToObj(i -> new Footprint(new LiveObjects(Map.of(), counts[i]), 0, 0, i * 200L))
        .toList();
  }
}
