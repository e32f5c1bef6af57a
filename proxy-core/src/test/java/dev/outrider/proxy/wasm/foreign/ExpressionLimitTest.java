package dev.outrider.proxy.wasm.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.AttributeReader;
import dev.outrider.proxy.attributes.AttributeRoots;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.WasmResult;
import org.junit.jupiter.api.Test;

class ExpressionLimitTest {
  private static final ByteSink NOWHERE = (_, _, _) -> {};

  private final Expressions expressions =
      new Expressions(new AttributeReader(new AttributeRoots("p", "r", "v", new byte[0])));

  @Test
  void keepsSoManyExpressionsOfAPluginAndNoMore() {
    for (var i = 0; i < Expressions.MOST; i++) {
      assertThat(expressions.create("1", NOWHERE)).isEqualTo(WasmResult.OK);
    }

    assertThat(expressions.create("1", NOWHERE)).isEqualTo(WasmResult.INTERNAL_FAILURE);

    expressions.delete(0);
    assertThat(expressions.create("1", NOWHERE)).isEqualTo(WasmResult.OK);
  }
}
