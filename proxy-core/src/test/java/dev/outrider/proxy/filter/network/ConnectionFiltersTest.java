package dev.outrider.proxy.filter.network;

import static dev.outrider.proxy.filter.network.NetworkStatus.CONTINUE;
import static dev.outrider.proxy.filter.network.NetworkStatus.STOP;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The table of the package, row by row.
class ConnectionFiltersTest {
  private static final int LIMIT = 8;

  private final FakeNetworkHost host = new FakeNetworkHost();
  private final ConnectionFilters filters = new ConnectionFilters(host, LIMIT);
  private final List<ScriptedNetworkFilter> scripted = new ArrayList<>();

  private ScriptedNetworkFilter add(String name) {
    filters.add(
        handle -> {
          var filter = new ScriptedNetworkFilter(name, handle, host.events);
          scripted.add(filter);
          return filter;
        });
    return scripted.getLast();
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, UTF_8);
  }

  private void read(String text, boolean end) {
    filters.onRead(bytes(text), end);
    host.loop.runTasks();
  }

  private void write(String text, boolean end) {
    filters.write(bytes(text), end);
    host.loop.runTasks();
  }

  private void resume(ScriptedNetworkFilter filter) {
    filter.handle().resumeReading();
    host.loop.runTasks();
  }

  private String seen() {
    var text = String.join(", ", host.events);
    host.events.clear();
    return text;
  }

  /// The statuses of `a` for the events in turn, then what happens: at once, with more bytes, when
  /// `a` resumes.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CONTINUE,CONTINUE | a new, b new | a data 12, b data 12, read 12 | a data 3, b data 3,"
            + " read 3 | ",
        "CONTINUE,STOP,STOP | a new, b new | a data 12 | a data 123 | b data 123, read 123",
        "CONTINUE,STOP,CONTINUE | a new, b new | a data 12 | a data 123, b data 123, read 123 | ",
        "STOP,CONTINUE,CONTINUE | a new | a data 12, b new, b data 12, read 12 | a data 3, b data"
            + " 3, read 3 | ",
        "STOP,STOP,STOP | a new | a data 12 | a data 123 | b new, b data 123, read 123",
      })
  void showsWhatTheTableSays(
      String statuses, String atOnce, String first, String more, String resumed) {
    var a = add("a");
    add("b");
    for (var status : statuses.split(",", -1)) {
      a.answer(NetworkStatus.valueOf(status));
    }

    filters.start();
    assertThat(seen()).as("new connection").isEqualTo(atOnce);
    read("12", false);
    assertThat(seen()).as("bytes").isEqualTo(first);
    read("3", false);
    assertThat(seen()).as("more bytes").isEqualTo(more);
    resume(a);
    assertThat(seen()).as("resumed").isEqualTo(resumed == null ? "" : resumed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CONTINUE | b data 1., read 1.",
        "STOP | ",
      })
  void carriesTheEndWithTheBytesOnce(NetworkStatus status, String atOnce) {
    var a = add("a").answer(CONTINUE, status);
    add("b");
    filters.start();
    seen();

    read("1", true);
    assertThat(seen()).isEqualTo("a data 1." + (atOnce == null ? "" : ", " + atOnce));
    resume(a);
    assertThat(seen()).isEqualTo(status == STOP ? "b data 1., read 1." : "");
    resume(a);
    assertThat(seen()).as("the end is told once").isEmpty();
  }

  @Test
  void saysForWhomTheBytesWait() {
    var a = add("a").answer(CONTINUE, CONTINUE, STOP);
    var b = add("b").answer(CONTINUE, STOP, STOP);
    filters.start();
    assertThat(a.handle().stopsReading()).isFalse();
    assertThat(b.handle().stopsReading()).isFalse();

    read("12", false);
    assertThat(a.handle().stopsReading()).isFalse();
    assertThat(b.handle().stopsReading()).isTrue();

    read("3", false);
    assertThat(a.handle().stopsReading()).isTrue();
    assertThat(b.handle().stopsReading()).as("a has stopped what b was shown").isFalse();

    resume(a);
    assertThat(b.handle().stopsReading()).isTrue();
    filters.end(ConnectionEnd.REMOTE);
  }

  @Test
  void tellsAnEndWithoutBytes() {
    add("a");
    filters.start();
    seen();

    read("", true);

    assertThat(seen()).isEqualTo("a data ., read .");
  }

  @Test
  void startsFromTheFirstFilterWhenALaterOneStopped() {
    add("a");
    var b = add("b").answer(CONTINUE, STOP, STOP);
    filters.start();
    seen();

    read("1", false);
    read("2", false);
    assertThat(seen()).isEqualTo("a data 1, b data 1, a data 12, b data 12");
    resume(b);
    assertThat(seen()).isEqualTo("read 12");
  }

  @Test
  void resumesOnlyForTheFilterThatStopped() {
    var a = add("a");
    add("b").answer(CONTINUE, STOP);
    filters.start();
    read("1", false);
    seen();

    resume(a);

    assertThat(seen()).isEmpty();
    filters.end(ConnectionEnd.LOCAL);
  }

  @Test
  void writesInReverseAndShowsStoppedBytesAgain() {
    add("a").answer(CONTINUE, STOP);
    add("b");
    filters.start();
    seen();

    write("1", false);
    assertThat(seen()).isEqualTo("b write 1, a write 1");
    write("2", true);
    assertThat(seen()).isEqualTo("b write 12., a write 12., write 12.");
  }

  @Test
  void losesWhatAWriteFilterStillStopsAtTheEnd() {
    add("a").answer(CONTINUE, STOP);
    filters.start();

    write("lost", false);
    filters.end(ConnectionEnd.REMOTE);

    assertThat(seen()).isEqualTo("a new, a write lost, a closed REMOTE");
  }

  @Test
  void passesOnWhatAFilterMadeOfTheBytes() {
    add("a").does((_, data) -> data.replace(0, Math.min(1, data.length()), bytes("XY")));
    add("b");

    read("123", false);

    assertThat(seen()).isEqualTo("a new, a data XY23, b new, b data XYY23, read XYY23");
  }

  @Test
  void holdsTheClientWhileMoreIsStoppedThanTheLimit() {
    var a = add("a").answer(CONTINUE, STOP, STOP);
    filters.start();
    seen();

    read("12345678", false);
    assertThat(seen()).as("at the limit").isEqualTo("a data 12345678");
    read("9", false);
    assertThat(seen()).isEqualTo("a data 123456789, hold");
    resume(a);
    assertThat(seen()).isEqualTo("read 123456789, release");
  }

  @Test
  void saysWhenMoreIsStoppedOfWhatIsWrittenThanTheLimit() {
    add("a").answer(CONTINUE, STOP);
    filters.start();
    seen();

    write("123456789", false);
    assertThat(seen()).isEqualTo("a write 123456789, writes held");
    write("", true);
    assertThat(seen()).isEqualTo("a write 123456789., write 123456789., writes free");
  }

  @Test
  void showsNothingAfterAFilterHasClosedWhateverItAnswered() {
    add("a").answer(CONTINUE).does((handle, data) -> closeIfAny(handle, data.length()));
    add("b");
    filters.start();
    seen();

    read("1", false);
    assertThat(seen()).isEqualTo("a data 1, close FLUSH mine");
    read("2", false);
    write("3", false);
    assertThat(seen()).isEmpty();
    filters.end(ConnectionEnd.LOCAL);
    assertThat(seen()).isEqualTo("a closed LOCAL, b closed LOCAL");
  }

  private static void closeIfAny(NetworkHandle handle, int bytes) {
    if (bytes > 0) {
      handle.close(CloseMode.FLUSH, "mine");
      handle.close(CloseMode.RESET, "too late");
    }
  }

  @Test
  void doesNothingForAFilterOfAConnectionThatIsOver() {
    var a = add("a").answer(STOP);
    filters.start();
    read("1", false);
    filters.end(ConnectionEnd.REMOTE_RESET);
    seen();

    a.handle().resumeReading();
    a.handle().close(CloseMode.FLUSH, "");
    host.loop.runTasks();
    filters.onRead(bytes("late"), false);

    assertThat(seen()).isEmpty();
  }

  @Test
  void leavesOutAFilterThatIsNotMade() {
    filters.add(_ -> null);
    add("b");

    filters.start();
    filters.onWritable(false);

    assertThat(seen()).isEqualTo("b new, b writable false");
  }

  @Test
  void letsATerminalFilterTakeBytesAndAnswer() {
    add("a");
    add("end")
        .answer(STOP, CONTINUE, STOP) // the write comes from inside the second
        .does(
            (handle, data) -> {
              if (!data.isEmpty() && handle.unwritten().isEmpty()) {
                data.close();
                handle.write(bytes("pong"), false);
              }
            });
    filters.start();
    seen();

    read("ping", false);

    assertThat(seen())
        .isEqualTo("a data ping, end data ping, end write pong, a write pong, write pong");
  }
}
