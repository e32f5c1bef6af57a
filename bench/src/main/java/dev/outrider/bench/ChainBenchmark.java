package dev.outrider.bench;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.listener.ChainMatch;
import dev.outrider.proxy.listener.ChainTree;
import dev.outrider.proxy.stream.ConnectionAddresses;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.Detected;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.ListenerInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Choosing the last of so many filter chains that ask for something in every criterion, as those
/// of a mesh do.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChainBenchmark {
  @Param({"2", "200"})
  public int chains;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private ChainTree<String> tree;

  @SuppressWarnings("NullAway.Init") // made in setUp
  private ConnectionInfo connection;

  @Setup
  public void setUp() {
    var entries = new ArrayList<ChainTree.Entry<String>>();
    var everywhere = List.of(new IpRange(IpAddress.v4(0x0a000000), 8));
    for (var i = 0; i < chains; i++) {
      var match =
          new ChainMatch(
              9000 + i % 10,
              List.of(new IpRange(IpAddress.v4(0x0a010000 + i), 32)),
              List.of("*.service-" + i + ".example.test"),
              "tls",
              List.of("istio"),
              everywhere,
              ChainMatch.SourceType.EXTERNAL,
              everywhere,
              List.of(50_000));
      entries.add(new ChainTree.Entry<>(match, "chain " + i));
    }
    tree =
        ChainTree.of(
            entries,
            (one, other) -> {
              throw new IllegalStateException(one + " and " + other);
            });
    var last = chains - 1;
    connection =
        new ConnectionInfo(
            1,
            new ConnectionAddresses(
                new HostPort("10.1.0." + last, 9000 + last % 10), new HostPort("10.2.3.4", 50_000)),
            new Detected(
                "tls", "v1.cart.service-" + last + ".example.test", List.of("h2", "istio")),
            ListenerInfo.NONE,
            new FilterState());
  }

  @Benchmark
  public Object match() {
    var found = tree.find(connection);
    if (found == null) {
      throw new IllegalStateException("no chain");
    }
    return found;
  }
}
