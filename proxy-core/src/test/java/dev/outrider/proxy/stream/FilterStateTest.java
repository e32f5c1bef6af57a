package dev.outrider.proxy.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.stream.FilterState.Shape;
import dev.outrider.proxy.stream.FilterState.Span;
import org.junit.jupiter.api.Test;

class FilterStateTest {
  private final FilterState state = new FilterState();

  private static FilterState.Entry entry(String name, int size) {
    return new FilterState.Entry(name.getBytes(UTF_8), new byte[size], Shape.DEFAULT);
  }

  private static FilterState.Entry entry(String name, boolean readOnly, Span span) {
    return new FilterState.Entry(
        name.getBytes(UTF_8), new byte[1], new Shape(FilterState.Type.BYTES, "", readOnly, span));
  }

  @Test
  void replacesAValueUnlessItIsReadOnly() {
    assertThat(state.set(entry("a", 1))).isTrue();
    assertThat(state.set(entry("a", 2))).isTrue();
    assertThat(state.set(entry("b", true, Span.REQUEST))).isTrue();
    assertThat(state.set(entry("b", 2))).isFalse();

    assertThat(state.entries()).extracting(entry -> entry.value().length).containsExactly(2, 1);
  }

  @Test
  void keepsSoManyValuesAndNoMore() {
    for (var i = 0; i < FilterState.MOST_ENTRIES; i++) {
      assertThat(state.set(entry("n" + i, 0))).isTrue();
    }

    assertThat(state.set(entry("more", 0))).isFalse();
    assertThat(state.set(entry("n0", 1))).isTrue();
    state.clear();
    assertThat(state.set(entry("more", 0))).isTrue();
  }

  @Test
  void keepsSoManyBytesAndNoMore() {
    assertThat(state.set(entry("a", FilterState.MOST_BYTES))).isTrue();

    assertThat(state.set(entry("b", 1))).isFalse();
    assertThat(state.set(entry("a", 1))).isTrue();
    assertThat(state.set(entry("b", FilterState.MOST_BYTES - 1))).isTrue();
  }

  @Test
  void aStreamKeepsWhatItsConnectionIsToKeepThere() {
    var info = new StreamInfo();
    var name = "c".getBytes(UTF_8);
    var connection =
        new ConnectionInfo(1, ConnectionInfo.NONE.local(), ConnectionInfo.NONE.directRemote());
    info.reset(connection, 1);

    assertThat(info.keep(entry("c", false, Span.CONNECTION))).isTrue();
    assertThat(info.keep(entry("s", false, Span.FILTER_CHAIN))).isTrue();
    info.reset(connection, 2);

    assertThat(info.kept(new byte[0], name, 0, 1)).isNotNull();
    assertThat(info.kept(new byte[0], "s".getBytes(UTF_8), 0, 1)).isNull();
  }
}
