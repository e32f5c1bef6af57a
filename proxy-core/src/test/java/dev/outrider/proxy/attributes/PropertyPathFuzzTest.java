package dev.outrider.proxy.attributes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.outrider.proxy.stream.StreamInfo;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Property paths as a broken guest might give them. Nothing is thrown, and what stands beside the
/// path in the guest's memory makes no difference.
class PropertyPathFuzzTest {
  /// Seeds that once failed stay; `-Doutrider.fuzz.seed` adds another.
  private static final List<Long> SEEDS = List.of(1L, 2L);

  private static final int PATHS = 20_000;
  private static final String[] WORDS =
      """
      request path url_path query host scheme method referer useragent id protocol headers :path
      x-request-id headers_bytes time size total_size duration response code code_details flags
      grpc_status trailers backend_latency connection mtls requested_server_name source address port
      destination upstream local_address metadata filter_metadata filter_state wasm.a
      upstream_filter_state xds node cluster_name route_name listener_direction plugin_name
      plugin_root_id plugin_vm_id connection_id 0 -1 4294967296
      """
          .strip()
          .split("\\s+");

  private final AttributeReader reader =
      new AttributeReader(
          new AttributeRoots("p", "r", "v", Node.newBuilder().setId("n").build().toByteArray()));

  static List<Long> seeds() {
    var seeds = new ArrayList<>(SEEDS);
    var another = Long.getLong("outrider.fuzz.seed");
    if (another != null) {
      seeds.add(another);
    }
    return seeds;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void answersEveryPathWithoutLookingBesideIt(long seed) {
    System.out.println("property path fuzz, seed " + seed);
    var random = new SplittableRandom(seed);
    var streams = new StreamInfo[] {null, Streams.begun(), Streams.proxied()};
    for (int i = 0; i < PATHS; i++) {
      var path = path(random);
      var info = streams[random.nextInt(streams.length)];
      var where = "seed %d: %s".formatted(seed, Arrays.toString(path));
      assertThat(answer(path, (byte) 0, info, where))
          .as(where)
          .isEqualTo(answer(path, (byte) 'a', info, where));
    }
  }

  private static byte[] path(SplittableRandom random) {
    var text = new StringBuilder();
    int segments = random.nextInt(6);
    for (int i = 0; i < segments; i++) {
      text.append(i == 0 ? "" : "\0").append(WORDS[random.nextInt(WORDS.length)]);
    }
    var path = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    for (int hits = random.nextInt(3); hits > 0 && path.length > 0; hits--) {
      int at = random.nextInt(path.length);
      switch (random.nextInt(3)) {
        case 0 -> path[at] = (byte) random.nextInt();
        case 1 -> path[at] = 0;
        default -> path = Arrays.copyOf(path, at);
      }
    }
    return path;
  }

  private String answer(byte[] path, byte around, @Nullable StreamInfo info, String where) {
    var memory = new byte[path.length + 32];
    Arrays.fill(memory, around);
    System.arraycopy(path, 0, memory, 16, path.length);
    var out = new ValueBuffer();
    try {
      var kind = reader.read(memory, 16, path.length, info, out);
      return kind + " " + Arrays.toString(out.toBytes());
    } catch (RuntimeException | Error escaped) {
      return fail(where + ": " + escaped, escaped);
    }
  }
}
