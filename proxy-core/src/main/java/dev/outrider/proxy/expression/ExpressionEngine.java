package dev.outrider.proxy.expression;

import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.parser.CelParser;
import dev.cel.parser.CelParserFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.Program;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.Map;

/// CEL as Envoy sets it up: parsed and not type-checked, since the types of attributes show only
/// when they are read; all standard functions, macros and comparisons between numbers of any kind.
///
/// Loaded by the first expression or by [#warmUp], and with it CEL and the descriptors of the
/// messages that attributes hold. Any thread.
public final class ExpressionEngine {
  /// In code points; Envoy's parser takes 100,000.
  public static final int LONGEST = 32_768;

  /// As in Envoy's parser.
  public static final int DEEPEST = 32;

  /// Steps of all loops of one evaluation; there is no other way to be slow.
  public static final int MOST_ITERATIONS = 10_000;

  private static final int LARGEST_REGEX = 1_000;

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .maxExpressionCodePointSize(LONGEST)
          .maxParseRecursionDepth(DEEPEST)
          .comprehensionMaxIterations(MOST_ITERATIONS)
          .maxRegexProgramSize(LARGEST_REGEX)
          .enableHeterogeneousNumericComparisons(true)
          .build();
  private static final CelParser PARSER =
      CelParserFactory.standardCelParserBuilder()
          .setOptions(OPTIONS)
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .build();
  private static final CelRuntime RUNTIME =
      CelRuntimeFactory.plannerRuntimeBuilder()
          .setOptions(OPTIONS)
          .addMessageTypes(Node.getDescriptor(), Metadata.getDescriptor(), Locality.getDescriptor())
          .build();

  private ExpressionEngine() {}

  /// Compiles and evaluates what expressions of filters are made of. Takes some 0.5 s of CPU time
  /// once per process, next to nothing later.
  public static void warmUp() {
    try {
      var program =
          compile(
              "request.headers['a'].startsWith('b') && request.path.matches('^/[a-z]+$')"
                  + " && request.size + 1 > size([1, 'x', {'k': 1.5}])"
                  + " && ['p', 'q'].exists(x, x == request.method) ? source.port != 80 : false");
      var request =
          Map.of("headers", Map.of("a", "bc"), "path", "/shop", "size", 5L, "method", "q");
      var source = Map.of("port", 81L);
      var _ = program.eval(Map.of("request", request, "source", source));
    } catch (CelValidationException | CelEvaluationException broken) {
      throw new IllegalStateException("the expression is ours", broken);
    }
  }

  public static Program compile(String text) throws CelValidationException, CelEvaluationException {
    var ast = PARSER.parse(text).getAst();
    KnownFunctions.check(ast.getExpr());
    return RUNTIME.createProgram(ast);
  }
}
