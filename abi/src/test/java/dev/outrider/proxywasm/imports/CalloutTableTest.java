package dev.outrider.proxywasm.imports;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.PluginIdentity;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.testkit.ScriptedPlugin;
import org.junit.jupiter.api.Test;

class CalloutTableTest {
  private final CalloutTable table = new CalloutTable();
  private final PluginScope plugin =
      new PluginScope(
          1,
          new PluginIdentity("p", "", ""),
          new byte[0],
          PluginLimits.DEFAULT,
          new ScriptedPlugin(),
          () -> {});

  @Test
  void tellsTheKindInTheLowTwoBits() {
    assertThat(table.newToken(CalloutKind.HTTP_CALL)).isEqualTo(4);
    assertThat(table.newToken(CalloutKind.GRPC_CALL)).isEqualTo(5);
    assertThat(table.newToken(CalloutKind.GRPC_STREAM)).isEqualTo(6);
    assertThat(table.newToken(CalloutKind.HTTP_CALL)).isEqualTo(8);
    assertThat(table.newToken(CalloutKind.GRPC_CALL)).isEqualTo(9);
    assertThat(table.newToken(CalloutKind.GRPC_STREAM)).isEqualTo(10);
    assertThat(CalloutKind.of(7)).isNull();
    assertThat(CalloutKind.of(-2)).isEqualTo(CalloutKind.GRPC_STREAM);
  }

  @Test
  void skipsTokensInUseWhenTheNumbersComeRoundAgain() {
    table.started(4, plugin, 0);
    table.started(8, plugin, 0);
    table.started(6, plugin, 0);
    assertThat(table.finish(plugin, 6)).isTrue();
    table.lastToken(CalloutKind.HTTP_CALL, -4);
    table.lastToken(CalloutKind.GRPC_STREAM, -2);

    assertThat(table.newToken(CalloutKind.HTTP_CALL)).as("neither 0, 4 nor 8").isEqualTo(12);
    assertThat(table.newToken(CalloutKind.GRPC_STREAM)).isEqualTo(2);
    assertThat(table.newToken(CalloutKind.GRPC_STREAM)).as("not 6").isEqualTo(10);
  }

  @Test
  void forgetsTheOldestStreamsThatAGuestNeverLetsGoOf() {
    for (int i = 0; i <= CalloutTable.MOST_FINISHED; i++) {
      int token = table.newToken(CalloutKind.GRPC_STREAM);
      table.started(token, plugin, 0);
      assertThat(table.finish(plugin, token)).isTrue();
      table.told(token);
    }

    assertThat(table.isFinished(plugin, 6)).isFalse();
    assertThat(table.isFinished(plugin, 10)).isTrue();
    assertThat(plugin.callouts()).isZero();
  }

  @Test
  void countsWhatCallsHold() {
    table.started(4, plugin, 100);
    table.started(5, plugin, 20);
    assertThat(plugin.callouts()).isEqualTo(2);
    assertThat(plugin.calloutBytes()).isEqualTo(120);

    assertThat(table.remove(plugin, 4)).isTrue();
    assertThat(table.remove(plugin, 4)).isFalse();
    assertThat(plugin.calloutBytes()).isEqualTo(20);

    assertThat(table.removeAll(plugin)).containsExactly(5);
    assertThat(plugin.callouts()).isZero();
    assertThat(plugin.calloutBytes()).isZero();
  }
}
