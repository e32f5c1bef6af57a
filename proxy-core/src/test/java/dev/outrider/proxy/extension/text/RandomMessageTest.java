package dev.outrider.proxy.extension.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Protobuf's own JSON writer is the oracle: what it writes must read back to the bytes it was
/// written from.
class RandomMessageTest {
  private static final int ROUNDS = 300;
  private static final List<Descriptor> ROOTS =
      List.of(
          Bootstrap.getDescriptor(),
          HttpConnectionManager.getDescriptor(),
          Wasm.getDescriptor(),
          HttpProtocolOptions.getDescriptor(),
          DiscoveryRequest.getDescriptor());

  @Test
  void readsBackWhatProtobufWrote() throws Exception {
    var types = TypeRegistry.newBuilder().add(ROOTS).build();
    var printer = JsonFormat.printer().usingTypeRegistry(types);
    long size = 0;
    long seed = Long.getLong("seed", new Random().nextLong());
    for (int round = 0; round < ROUNDS; round++) {
      RandomGenerator random = new Random(seed + round);
      var root = ROOTS.get(random.nextInt(ROOTS.size()));
      var message = new RandomMessages(random, ROOTS).message(root, 6);
      var json =
          (random.nextBoolean() ? printer : printer.preservingProtoFieldNames()).print(message);

      var bytes =
          ReaderHarness.bytes(
              new ConfigText("r.json", json, ConfigText.Syntax.JSON), root.getFullName());

      assertThat(bytes)
          .as("seed %d: %s %s", seed + round, root.getFullName(), json)
          .isEqualTo(message.toByteArray());
      size += bytes.length;
    }
    assertThat(size).as("bytes compared").isGreaterThan(100L * ROUNDS);
  }
}
