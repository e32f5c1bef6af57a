package dev.outrider.proxywasm;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.outrider.proxywasm.host.FilterStatus;
import dev.outrider.proxywasm.host.PeerType;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// TCP callbacks (ABI reference 1.3, 3.5, 3.7, 4.8, 5).
class NetworkStreamContextTest {
  private static final String NEW = "proxy_on_new_connection";
  private static final String DOWN = "proxy_on_downstream_data";
  private static final String UP = "proxy_on_upstream_data";
  private static final String ARGUMENTS =
      "(call $report (local.get 1)) (call $report (local.get 2))";

  private static String said(int number) {
    return "(call $report (i32.const " + number + "))";
  }

  /// A guest that says the number of each callback of a connection's life.
  private static Wat chronicler() {
    return Wat.guest()
        .on("proxy_on_context_create", "ii:", "(call $report (local.get 1))")
        .on(NEW, "i:i", said(10) + "(i32.const 0)")
        .on(DOWN, "iii:i", said(20) + ARGUMENTS + "(i32.const 0)")
        .on(UP, "iii:i", said(30) + ARGUMENTS + "(i32.const 0)")
        .on(
            "proxy_on_downstream_connection_close",
            "ii:",
            said(40) + "(call $report (local.get 1))")
        .on("proxy_on_upstream_connection_close", "ii:", said(50) + "(call $report (local.get 1))")
        .on("proxy_on_done", "i:i", said(60) + "(i32.const 1)")
        .on("proxy_on_log", "i:", said(70))
        .on("proxy_on_delete", "i:", said(80));
  }

  @Test
  void tellsTheLifeOfAConnectionInEnvoysOrder() {
    try (var guest = GuestHarness.start(chronicler().wasm(), "")) {
      var connection = guest.connection();

      var _ = connection.onNewConnection();
      var _ = connection.onDownstreamData("ping", false);
      var _ = connection.onUpstreamData("pong!", false);
      var _ = connection.onUpstreamData("", true);
      connection.context().onUpstreamConnectionClose(PeerType.UNKNOWN);
      connection.context().onDownstreamConnectionClose(PeerType.REMOTE);
      connection.close();

      assertThat(String.join(" ", guest.log().texts()))
          .as("root, stream, new, down, up, up end, closes, done, log, delete")
          .isEqualTo("0 1 10 20 4 0 30 5 0 30 0 1 50 0 40 2 60 70 80");
      assertThat(connection.toUpstream()).isEqualTo("ping");
      assertThat(connection.toDownstream()).isEqualTo("pong!");
    }
  }

  @Test
  void continuesWhereTheModuleHasNoCallback() {
    try (var guest = GuestHarness.start(Wat.guest().wasm(), "")) {
      var connection = guest.connection();

      assertThat(connection.onNewConnection()).isEqualTo(FilterStatus.CONTINUE);
      assertThat(connection.onDownstreamData("a", true)).isEqualTo(FilterStatus.CONTINUE);
      assertThat(connection.onUpstreamData("b", true)).isEqualTo(FilterStatus.CONTINUE);
      connection.context().onDownstreamConnectionClose(PeerType.LOCAL);
      connection.close();
    }
  }

  @Test
  void tellsNothingOfAConnectionThatTheGuestHasNotSeen() {
    try (var guest = GuestHarness.start(chronicler().wasm(), "")) {
      var connection = guest.connection();

      assertThat(connection.onDownstreamData("a", false)).isEqualTo(FilterStatus.CONTINUE);
      connection.context().onDownstreamConnectionClose(PeerType.REMOTE);
      connection.close();

      assertThat(guest.log().texts()).as("only the root").containsExactly("0");
    }
  }

  @ParameterizedTest
  @CsvSource({"0, CONTINUE", "1, STOP_ITERATION", "2, STOP_ITERATION", "-1, STOP_ITERATION"})
  void mapsWhatAGuestAnswers(int answer, FilterStatus expected) {
    var wasm =
        Wat.guest()
            .on(NEW, "i:i", "(i32.const " + answer + ")")
            .on(DOWN, "iii:i", "(i32.const " + answer + ")")
            .on(UP, "iii:i", "(i32.const " + answer + ")");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();

      assertThat(connection.onNewConnection()).isEqualTo(expected);
      assertThat(connection.onDownstreamData("a", false)).isEqualTo(expected);
      assertThat(connection.onUpstreamData("a", false)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "proxy_on_downstream_data, 2, 3",
    "proxy_on_upstream_data, 3, 2",
  })
  void readsAndEditsWhatIsShownAndNothingElse(String callback, long shown, long other) {
    var wasm =
        Wat.guest()
            .data(1000, "XY")
            .on(
                callback,
                "iii:i",
                report("proxy_get_buffer_bytes", shown, 1, 3, 100, 104)
                    + show(100, 104)
                    + report("proxy_get_buffer_status", shown, 108, 112)
                    + reportAt(108)
                    + report("proxy_set_buffer_bytes", shown, 0, 2, 1000, 2)
                    + report("proxy_get_buffer_bytes", other, 0, 9, 100, 104)
                    + report("proxy_set_buffer_bytes", other, 0, 0, 1000, 2)
                    + report("proxy_get_buffer_bytes", 0, 0, 9, 100, 104)
                    + report("proxy_set_buffer_bytes", shown, 0, 2, -8, 32)
                    + "(i32.const 0)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();
      var _ = connection.onNewConnection();
      var _ =
          shown == 2
              ? connection.onDownstreamData("hello", false)
              : connection.onUpstreamData("hello", false);

      assertThat(guest.log().texts())
          .as("bytes, size, edit; the other side empty; no HTTP body; bad pointer")
          .containsExactly("0", "ell", "0", "5", "0", "0", "2", "0", "6");
      assertThat(shown == 2 ? connection.toUpstream() : connection.toDownstream())
          .isEqualTo("XYllo");
    }
  }

  @Test
  void showsWhatWasStoppedAgainWithWhatComesNext() {
    var wasm =
        Wat.guest()
            .on(
                DOWN,
                "iii:i",
                "(call $report (local.get 1)) (i32.lt_u (local.get 1) (i32.const 4))");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();
      var _ = connection.onNewConnection();

      var _ = connection.onDownstreamData("ab", false);
      assertThat(connection.toUpstream()).isEmpty();
      var _ = connection.onDownstreamData("cd", false);

      assertThat(guest.log().texts()).containsExactly("2", "4");
      assertThat(connection.toUpstream()).isEqualTo("abcd");
    }
  }

  /// Stops what comes from downstream, and acts in a tick.
  private static Wat stoppedUntilTick(String onTick) {
    return Wat.guest()
        .with("(global $stream (mut i32) (i32.const 0))")
        .onConfigure("(drop " + call("proxy_set_tick_period_milliseconds", 5) + ")")
        .on(DOWN, "iii:i", "(global.set $stream (local.get 0)) (i32.const 1)")
        .on(
            "proxy_on_tick",
            "i:",
            "(drop (call $proxy_set_effective_context (global.get $stream)))" + onTick);
  }

  @Test
  void readsStoppedBytesFromAnotherCallbackAndResumes() {
    var wasm =
        stoppedUntilTick(
            report("proxy_get_buffer_bytes", 2, 0, 9, 100, 104)
                + show(100, 104)
                + report("proxy_continue_stream", 2));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();
      var _ = connection.onNewConnection();
      var _ = connection.onDownstreamData("held", false);

      guest.tick();

      assertThat(guest.log().texts()).containsExactly("0", "held", "0");
      assertThat(connection.effects()).containsExactly("resume");

      guest.tick();

      assertThat(guest.log().texts())
          .as("gone on, so no longer readable")
          .containsExactly("0", "held", "0", "0", "", "0");
    }
  }

  @Test
  void turnsAResumeInsideTheCallbackIntoItsStatus() {
    var wasm =
        Wat.guest()
            .on(NEW, "i:i", report("proxy_continue_stream", 2) + "(i32.const 1)")
            .on(DOWN, "iii:i", report("proxy_continue_stream", 2) + "(i32.const 1)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();

      assertThat(connection.onNewConnection()).isEqualTo(FilterStatus.CONTINUE);
      assertThat(connection.onDownstreamData("a", false)).isEqualTo(FilterStatus.CONTINUE);
      assertThat(connection.effects()).as("nothing left to resume").isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "2, 0", "3, 12", "4, 2"})
  void answersForEveryDirectionOfContinue(long direction, String expected) {
    var wasm = stoppedUntilTick(report("proxy_continue_stream", direction));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();
      var _ = connection.onNewConnection();
      var _ = connection.onDownstreamData("a", false);

      guest.tick();

      assertThat(guest.log().texts()).containsExactly(expected);
      assertThat(connection.effects().contains("resume")).isEqualTo(direction == 2);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0, ", "1, 0, ", "2, 0, close DOWNSTREAM", "3, 0, close UPSTREAM", "4, 2, "})
  void closesAConnection(long direction, String expected, String effect) {
    var wasm =
        Wat.guest().on(UP, "iii:i", report("proxy_close_stream", direction) + "(i32.const 0)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();
      var _ = connection.onNewConnection();
      var status = connection.onUpstreamData("a", false);

      assertThat(guest.log().texts()).containsExactly(expected);
      if (effect == null) {
        assertThat(connection.effects()).isEmpty();
        assertThat(status).isEqualTo(FilterStatus.CONTINUE);
      } else {
        assertThat(connection.effects()).containsExactly(effect);
        assertThat(status).as("whatever the guest answered").isEqualTo(FilterStatus.STOP_ITERATION);
      }
    }
  }

  @Test
  void knowsPropertiesOfTheConnection() {
    var wasm =
        Wat.guest()
            .data(1000, "source\0address")
            .data(1100, "mine")
            .on(
                DOWN,
                "iii:i",
                report("proxy_get_property", 1000, 14, 100, 104)
                    + show(100, 104)
                    + report("proxy_set_property", 1100, 4, 1100, 4)
                    + report("proxy_get_property", 1100, 4, 100, 104)
                    + "(i32.const 0)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();
      connection.host().properties().set("source.address", "10.1.2.3:4");
      var _ = connection.onNewConnection();
      var _ = connection.onDownstreamData("a", false);

      assertThat(guest.log().texts()).containsExactly("0", "10.1.2.3:4", "0", "0");
    }
  }

  @Test
  void hasNoMapsAndNoLocalResponse() {
    var wasm =
        Wat.guest()
            .data(1000, ":path")
            .on(
                NEW,
                "i:i",
                report("proxy_get_header_map_value", 0, 1000, 5, 100, 104)
                    + report("proxy_send_local_response", 403, 0, 0, 0, 0, 0, 0, -1)
                    + "(i32.const 0)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();

      assertThat(connection.onNewConnection()).isEqualTo(FilterStatus.CONTINUE);
      assertThat(guest.log().texts()).contains("2").endsWith("0");
      assertThat(connection.effects()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"proxy_on_new_connection", "proxy_on_downstream_data", "proxy_on_upstream_data"})
  void tellsTheConnectionOfAFailureOnceAndStopsEverythingAfterIt(String callback) {
    var signature = callback.equals(NEW) ? "i:i" : "iii:i";
    var wasm = chronicler().on(callback, signature, "(unreachable)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var connection = guest.connection();
      var _ = connection.onNewConnection();
      var _ = connection.onDownstreamData("a", false);
      var status = connection.onUpstreamData("b", false);
      connection.context().onDownstreamConnectionClose(PeerType.LOCAL);
      connection.close();

      assertThat(status).isEqualTo(FilterStatus.STOP_ITERATION);
      assertThat(connection.effects()).containsExactly("failed");
      assertThat(connection.context().failure()).isInstanceOf(GuestFailure.Trap.class);
      assertThat(guest.log().texts()).as("no callback after the trap").doesNotContain("60", "80");
    }
  }

  @Test
  void keepsAPluginAliveUntilItsConnectionsAreClosed() {
    try (var guest = GuestHarness.start(chronicler().wasm(), "")) {
      var connection = guest.connection();
      var _ = connection.onNewConnection();

      guest.plugin().shutdown();
      assertThat(guest.plugin().ended()).isFalse();
      connection.close();
      connection.close();

      assertThat(guest.plugin().ended()).isTrue();
      assertThatIllegalStateException().isThrownBy(guest::connection);
      assertThatIllegalStateException().isThrownBy(connection::onNewConnection);
    }
  }
}
