package dev.outrider.proxy.wasm.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.AttributeReader;
import dev.outrider.proxy.attributes.AttributeRoots;
import dev.outrider.proxy.expression.ExpressionEngine;
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

  @Test
  void refusesExpressionsThatAreTooLong() {
    assertThat(expressions.create(text(20_000), NOWHERE)).isEqualTo(WasmResult.OK);
    assertThat(expressions.create(text(ExpressionEngine.LONGEST), NOWHERE))
        .isEqualTo(WasmResult.BAD_ARGUMENT);
  }

  private static String text(int length) {
    return "\"" + "a".repeat(length) + "\"";
  }

  @Test
  void refusesExpressionsThatAreTooDeep() {
    for (var deep :
        new String[] {
          "1" + "+1".repeat(40),
          "(".repeat(40) + "1" + ")".repeat(40),
          "[".repeat(1_000) + "]".repeat(1_000),
          "a" + ".b".repeat(16_000),
          "a" + "[0]".repeat(10_000)
        }) {
      assertThat(expressions.create(deep, NOWHERE)).isEqualTo(WasmResult.BAD_ARGUMENT);
    }
  }

  @Test
  void endsLoopsThatTakeTooLong() {
    var ten = "[1,2,3,4,5,6,7,8,9,10]";
    var loops = "%1$s.all(a,%1$s.all(b,%1$s.all(c,%1$s.all(d,%1$s.all(e,true)))))".formatted(ten);
    assertThat(expressions.create(loops, NOWHERE)).isEqualTo(WasmResult.OK);

    assertThat(expressions.evaluate(0, null, NOWHERE)).isEqualTo(WasmResult.INTERNAL_FAILURE);
  }
}
