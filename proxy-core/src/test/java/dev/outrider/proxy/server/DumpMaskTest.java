package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import io.envoyproxy.envoy.admin.v3.ClustersConfigDump;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DumpMaskTest {
  private final Cluster cluster = Cluster.newBuilder().setName("a").setAltStatName("b").build();
  private final ClustersConfigDump.StaticCluster element =
      ClustersConfigDump.StaticCluster.newBuilder().setCluster(Any.pack(cluster)).build();
  private final ClustersConfigDump dump =
      ClustersConfigDump.newBuilder().setVersionInfo("7").addStaticClusters(element).build();

  @Test
  void keepsTheFieldsThatItNames() {
    assertThat(apply("version_info", dump))
        .contains(ClustersConfigDump.newBuilder().setVersionInfo("7").build());
    assertThat(apply("version_info,static_clusters", dump)).contains(dump);
  }

  @Test
  void reachesIntoAPackedMessage() throws Exception {
    var shown = apply("cluster.name", element).orElseThrow();

    var packed = ((ClustersConfigDump.StaticCluster) shown).getCluster();
    assertThat(packed.unpack(Cluster.class)).isEqualTo(Cluster.newBuilder().setName("a").build());
  }

  @Test
  void fitsNothingThatLacksOneOfItsFields() {
    assertThat(apply("nosuch", dump)).isEmpty();
    assertThat(apply("version_info,nosuch", dump)).isEmpty();
    assertThat(apply("cluster.nosuch", element)).isEmpty();
    assertThat(apply("static_clusters.cluster", dump)).as("through a repeated field").isEmpty();
  }

  private static Optional<Message> apply(String mask, Message message) {
    var types = TypeRegistry.newBuilder().add(Cluster.getDescriptor()).build();
    return DumpMask.of(mask, types).apply(message);
  }
}
