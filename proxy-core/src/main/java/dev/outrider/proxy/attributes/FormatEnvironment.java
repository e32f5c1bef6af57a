package dev.outrider.proxy.attributes;

import java.time.InstantSource;
import java.time.ZoneId;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What format strings may say beside what is known of a stream: fixed when they are compiled.
///
/// @param variable the value of an environment variable, or null
/// @param clock for `%EMIT_TIME%`
/// @param zone for times that are local
/// @param expressions for `%CEL%`
/// @param withoutQuery whether `%REQ_WITHOUT_QUERY%` is an operator
public record FormatEnvironment(
    String hostname,
    UnaryOperator<@Nullable String> variable,
    InstantSource clock,
    ZoneId zone,
    Expression.Compiler expressions,
    boolean withoutQuery) {
  /// Without expressions.
  public FormatEnvironment(String hostname, UnaryOperator<@Nullable String> variable) {
    this(
        hostname,
        variable,
        InstantSource.system(),
        ZoneId.systemDefault(),
        (_, problem) -> {
          problem.accept("no expressions are possible here");
          return Expression.NOTHING;
        },
        false);
  }

  /// That of this process; its host name is what the environment says.
  public static FormatEnvironment ofProcess() {
    var hostname = System.getenv("HOSTNAME");
    return new FormatEnvironment(hostname == null ? "-" : hostname, FormatEnvironment::variable);
  }

  public FormatEnvironment with(Expression.Compiler compiler) {
    return new FormatEnvironment(hostname, variable, clock, zone, compiler, withoutQuery);
  }

  public FormatEnvironment withoutQuery(boolean known) {
    return new FormatEnvironment(hostname, variable, clock, zone, expressions, known);
  }

  private static @Nullable String variable(@Nullable String name) {
    return name == null ? null : System.getenv(name);
  }
}
