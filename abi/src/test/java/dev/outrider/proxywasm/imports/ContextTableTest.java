package dev.outrider.proxywasm.imports;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.PluginIdentity;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.testkit.ScriptedPlugin;
import java.util.HashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ContextTableTest {
  private static ContextScope scope(int id) {
    return new PluginScope(
        id,
        new PluginIdentity("", "", ""),
        new byte[0],
        PluginLimits.DEFAULT,
        new ScriptedPlugin(),
        () -> {});
  }

  @Test
  void agreesWithAMapOverManyLives() {
    var table = new ContextTable();
    var expected = new HashMap<Integer, ContextScope>();
    var random = new Random(7);

    for (int step = 0; step < 20_000; step++) {
      int id = random.nextInt(200);
      if (expected.containsKey(id)) {
        table.remove(id);
        expected.remove(id);
      } else if (random.nextInt(3) > 0) {
        var scope = scope(id);
        table.add(scope);
        expected.put(id, scope);
      }
      int asked = random.nextInt(220);
      assertThat(table.find(asked)).as("step %d, id %d", step, asked).isSameAs(expected.get(asked));
    }
  }

  @Test
  void givesEveryNumberOnceAndNeverZero() {
    var table = new ContextTable();

    assertThat(table.newId()).isEqualTo(1);
    assertThat(table.newId()).isEqualTo(2);
    assertThat(table.find(0)).isNull();
  }

  @Test
  void forgetsNothingWhenItForgetsTheUnknown() {
    var table = new ContextTable();
    var one = scope(1);
    table.add(one);

    table.remove(17);

    assertThat(table.find(1)).isSameAs(one);
  }
}
