package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A [RouteCondition] in the form in which it is asked.
@FunctionalInterface
interface ConditionTest {
  /// Whether it holds.
  ///
  /// @param random the stream's number
  boolean holds(HeaderMap head, StreamInfo info, long random);

  static ConditionTest of(RouteCondition condition) {
    return switch (condition) {
      case RouteCondition.Query(var name, var value) -> new QueryTest(name, value);
      case RouteCondition.Grpc _ -> (head, _, _) -> LocalReplies.isGrpc(head);
      case RouteCondition.ClientCertificate(var presented, var validated) ->
          (_, info, _) -> {
            var tls = info.connection().tls();
            return agrees(presented, tls != null && tls.peer() != null)
                && agrees(validated, tls != null && tls.peerValidated());
          };
      case RouteCondition.Fraction(var share) ->
          (_, info, random) -> share.takes(info.runtime(), random);
      case RouteCondition.Kept(var key, var value) -> kept(key, ValueTest.of(value));
    };
  }

  static ConditionTest[] all(List<RouteCondition> conditions) {
    return conditions.stream().map(ConditionTest::of).toArray(ConditionTest[]::new);
  }

  private static boolean agrees(@Nullable Boolean wanted, boolean found) {
    return wanted == null || wanted == found;
  }

  private static ConditionTest kept(String key, ValueTest value) {
    var none = new byte[0];
    var name = key.getBytes(StandardCharsets.UTF_8);
    return (_, info, _) -> {
      var entry = info.kept(none, name, 0, name.length);
      return entry != null && value.matches(entry.value(), 0, entry.value().length);
    };
  }
}
