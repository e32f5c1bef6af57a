package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.outrider.proxy.xds.stream.RestCalls;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Services of plain HTTP that answer when the test says.
final class FakeRest implements RestCalls {
  final List<Posted> open = new ArrayList<>();

  /// The clusters are warm.
  boolean warm = true;

  /// One request that was not answered yet.
  record Posted(String cluster, String path, String json, long timeoutMillis, Answered answered) {

    DiscoveryRequest request() {
      var request = DiscoveryRequest.newBuilder();
      try {
        JsonFormat.parser().merge(json, request);
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(json, e);
      }
      return request.build();
    }
  }

  @Override
  public boolean knows(String cluster) {
    return warm;
  }

  @Override
  public Call post(
      String cluster, String path, byte[] json, long timeoutMillis, Answered answered) {
    var text = new String(json, StandardCharsets.UTF_8);
    var posted = new Posted(cluster, path, text, timeoutMillis, answered);
    open.add(posted);
    return () -> open.remove(posted);
  }

  /// Takes the oldest request, which must be to that path.
  Posted take(String path) {
    var found = open.stream().filter(each -> each.path().equals(path)).findFirst();
    assertThat(found).as("a request to " + path + " among " + open).isPresent();
    open.remove(found.orElseThrow());
    return found.orElseThrow();
  }
}
