package dev.outrider.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedTablesTest {
  private final SharedTables tables = new SharedTables();
  private final List<String> made = new ArrayList<>();

  private StringBuilder get(String parts) {
    return tables.get(
        StringBuilder.class,
        parts,
        () -> {
          made.add(parts);
          return new StringBuilder(parts);
        });
  }

  @Test
  void makesEqualTablesOnce() {
    var first = get("a");
    var second = get("b");

    assertThat(get("ab".substring(0, 1))).isSameAs(first);
    assertThat(get("b")).isSameAs(second);
    assertThat(made).containsExactly("a", "b");
  }

  /// Another loop makes it while we do: nobody waits for anybody.
  @Test
  void givesOneOfTwoThatAreMadeAtTheSameTimeToBoth() {
    var others = new ArrayList<StringBuilder>();

    var ours =
        tables.get(
            StringBuilder.class,
            "a",
            () -> {
              others.add(get("a"));
              return new StringBuilder("ours");
            });

    assertThat(others).containsExactly(ours);
    assertThat(get("a")).isSameAs(ours);
  }
}
