package dev.outrider.proxywasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.ScriptedPlugin.Ran;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.nio.file.Path;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallObserverTest {
  private static final String EVENT = "dev.outrider.GuestCallback";
  private static final byte[] TWO_CALLS_A_TICK =
      Wat.guest()
          .on("proxy_on_tick", "i:", "(call $report (i32.const 1)) (call $report (i32.const 2))")
          .wasm();
  private static final byte[] TRAP_AT_A_TICK =
      Wat.guest().on("proxy_on_tick", "i:", "unreachable").wasm();

  @Test
  void tellsThePluginOfEachCallbackAndItsHostCalls() {
    try (var guest = GuestHarness.start(TWO_CALLS_A_TICK, "")) {
      guest.plugin().onTick();

      assertThat(guest.host().ran())
          .extracting(Ran::callback, Ran::hostCalls)
          .contains(tuple("proxy_on_tick", 3L));
    }
  }

  @Test
  void timesOneCallbackInSixteenBeginningWithTheFirst() {
    try (var guest = GuestHarness.start(TWO_CALLS_A_TICK, "")) {
      for (int i = 0; i < 32; i++) {
        guest.plugin().onTick();
      }

      var timed = guest.host().ran().stream().map(ran -> ran.nanos() != PluginHost.NOT_TIMED);
      assertThat(timed.toList()).startsWith(true, false).filteredOn(yes -> yes).hasSize(2);
    }
  }

  @Test
  void recordsCallbacksOnlyWhileARecordingAsksForThem(@TempDir Path folder) throws IOException {
    try (var guest = GuestHarness.start(TWO_CALLS_A_TICK, "");
        var trap = GuestHarness.start(TRAP_AT_A_TICK, "");
        var recording = new Recording()) {
      recording.enable(EVENT).withoutThreshold();

      guest.plugin().onTick();
      recording.start();
      guest.plugin().onTick();
      trap.plugin().onTick();
      recording.stop();
      guest.plugin().onTick();

      var file = folder.resolve("callbacks.jfr");
      recording.dump(file);
      assertThat(RecordingFile.readAllEvents(file))
          .filteredOn(event -> event.getEventType().getName().equals(EVENT))
          .extracting(CallObserverTest::callback, CallObserverTest::calls, CallObserverTest::failed)
          .containsExactly(tuple("proxy_on_tick", 3L, false), tuple("proxy_on_tick", 1L, true));
    }
  }

  private static String callback(RecordedEvent event) {
    return event.getString("callback");
  }

  private static long calls(RecordedEvent event) {
    return event.getLong("hostCalls");
  }

  private static boolean failed(RecordedEvent event) {
    return event.getBoolean("failed");
  }
}
