package dev.outrider.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StreamMapTest {
  private final StreamMap map = new StreamMap();
  private final Map<Integer, Http2Stream> model = new HashMap<>();

  @Test
  void behavesAsAnOrdinaryMapWhateverComesAndGoes() {
    var random = new SplittableRandom(4);
    var nextId = 1;
    for (var step = 0; step < 20_000; step++) {
      var ids = model.keySet().stream().sorted().toList();
      if (ids.isEmpty() || random.nextInt(100) < (step / 1_000 % 2 == 0 ? 60 : 40)) {
        nextId += 2 * (1 + random.nextInt(20));
        add(nextId);
      } else {
        remove(ids.get(random.nextInt(ids.size())));
      }
      assertThat(map.size()).isEqualTo(model.size());
      assertThat(map.find(nextId)).isSameAs(model.get(nextId));
    }
    model.forEach((id, stream) -> assertThat(map.find(id)).isSameAs(stream));
    assertThat(map.all()).containsExactlyInAnyOrderElementsOf(model.values());
  }

  @SuppressWarnings("NullAway") // the map does not ask a stream for its connection
  private void add(int id) {
    var stream = new Http2Stream();
    stream.start(null, id, 0, 0);
    map.add(stream);
    model.put(id, stream);
  }

  private void remove(int id) {
    map.remove(id);
    model.remove(id);
    assertThat(map.find(id)).isNull();
  }
}
