package dev.outrider.proxy.wasm.foreign;

import dev.cel.common.CelValidationException;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.Program;
import dev.outrider.proxy.attributes.AttributeReader;
import dev.outrider.proxy.expression.AttributeVariables;
import dev.outrider.proxy.expression.ExpressionEngine;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The expressions that one plugin has compiled, by token. On the thread of its VM.
final class Expressions {
  static final int MOST = 1024;

  private static final Logger LOG = LoggerFactory.getLogger("wasm");

  private final Map<Integer, Program> programs = new HashMap<>();
  private final AttributeVariables variables;
  private final PropertyEncoder encoder = new PropertyEncoder();
  private int nextToken;

  Expressions(AttributeReader attributes) {
    variables = new AttributeVariables(attributes);
  }

  /// Compiles, and evaluates once without a stream: so the classes that it takes are loaded where a
  /// plugin is configured, and not at its first request.
  WasmResult create(String text, ByteSink result) {
    if (programs.size() == MOST) {
      LOG.debug("expr_create: the plugin has {} expressions already, and no more are kept", MOST);
      return WasmResult.INTERNAL_FAILURE;
    }
    Program program;
    try {
      program = ExpressionEngine.compile(text);
    } catch (CelValidationException | CelEvaluationException refused) {
      LOG.debug("expr_create: {}", refused.getMessage());
      return WasmResult.BAD_ARGUMENT;
    } catch (StackOverflowError tooDeep) {
      // the parser bounds how deep expressions stand in each other, but not chains of members
      LOG.debug("expr_create: an expression is too deep for the stack");
      return WasmResult.BAD_ARGUMENT;
    }
    var _ = evaluate(program, null);
    while (programs.containsKey(nextToken)) {
      nextToken++;
    }
    programs.put(nextToken, program);
    encoder.clear();
    encoder.putToken(nextToken++);
    encoder.give(result);
    return WasmResult.OK;
  }

  /// @param info null outside of a stream
  WasmResult evaluate(int token, @Nullable StreamInfo info, ByteSink result) {
    var program = programs.get(token);
    if (program == null) {
      return WasmResult.NOT_FOUND;
    }
    var value = evaluate(program, info);
    if (value == null) {
      return WasmResult.INTERNAL_FAILURE;
    }
    encoder.clear();
    if (!encoder.put(value)) {
      return WasmResult.SERIALIZATION_FAILURE;
    }
    encoder.give(result);
    return WasmResult.OK;
  }

  /// Null if it has none.
  private @Nullable Object evaluate(Program program, @Nullable StreamInfo info) {
    try {
      return program.eval(variables.of(info));
    } catch (CelEvaluationException | RuntimeException failed) {
      // whatever an expression brings about in the library is its own failure, not the guest's end
      LOG.debug("expr_evaluate: {}", failed.getMessage());
      return null;
    } finally {
      variables.of(null);
    }
  }

  void delete(int token) {
    programs.remove(token);
  }
}
