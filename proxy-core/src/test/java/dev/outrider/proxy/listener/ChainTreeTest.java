package dev.outrider.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.listener.ChainMatch.SourceType;
import dev.outrider.proxy.stream.ConnectionAddresses;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.Detected;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.ListenerInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChainTreeTest {

  private static IpRange range(String text) {
    var parts = text.split("/", -1);
    return new IpRange(
        Objects.requireNonNull(IpAddress.parse(parts[0])), Integer.parseInt(parts[1]));
  }

  /// `port; destinations; names; transport; protocols; direct; type; sources; ports`, each a list.
  private static ChainMatch match(String text) {
    var parts = text.split(";", -1);
    return new ChainMatch(
        parts[0].isBlank() ? 0 : Integer.parseInt(parts[0].strip()),
        list(parts[1], ChainTreeTest::range),
        list(parts[2], name -> name),
        parts[3].strip(),
        list(parts[4], name -> name),
        list(parts[5], ChainTreeTest::range),
        parts[6].isBlank() ? SourceType.ANY : SourceType.valueOf(parts[6].strip()),
        list(parts[7], ChainTreeTest::range),
        list(parts[8], Integer::valueOf));
  }

  private static <T> List<T> list(String text, Function<String, T> reader) {
    return text.isBlank()
        ? List.of()
        : List.of(text.strip().split(" +", -1)).stream().map(reader).toList();
  }

  private static ConnectionInfo connection(HostPort local, HostPort remote, Detected detected) {
    return new ConnectionInfo(
        1, new ConnectionAddresses(local, remote), detected, ListenerInfo.NONE, new FilterState());
  }

  private static ConnectionInfo connection(String local, String remote) {
    return connection(new HostPort(local, 80), new HostPort(remote, 5555), Detected.NOTHING);
  }

  private static ConnectionInfo named(String serverName, String... protocols) {
    return connection(
        new HostPort("10.0.0.1", 80),
        new HostPort("10.0.0.2", 5555),
        new Detected(Detected.TLS, serverName, List.of(protocols)));
  }

  private static ChainTree<String> tree(String... matches) {
    var entries = new ArrayList<ChainTree.Entry<String>>();
    for (var match : matches) {
      entries.add(new ChainTree.Entry<>(match(match), match));
    }
    return ChainTree.of(
        entries,
        (one, other) -> {
          throw new AssertionError(one + " overlaps " + other);
        });
  }

  @Test
  void findsNothingWithoutChains() {
    assertThat(tree().find(connection("10.0.0.1", "10.0.0.2"))).isNull();
  }

  @Test
  void takesTheLongestRange() {
    var tree = tree(";10.0.0.0/8;;;;;;;", ";10.1.0.0/16;;;;;;;", ";;;;;;;;", ";0.0.0.0/0;;;;;;;");

    assertThat(tree.find(connection("10.1.2.3", "1.1.1.1"))).isEqualTo(";10.1.0.0/16;;;;;;;");
    assertThat(tree.find(connection("10.2.2.3", "1.1.1.1"))).isEqualTo(";10.0.0.0/8;;;;;;;");
    assertThat(tree.find(connection("11.2.2.3", "1.1.1.1"))).isEqualTo(";0.0.0.0/0;;;;;;;");
    assertThat(tree.find(connection("::5", "1.1.1.1"))).isEqualTo(";;;;;;;;");
  }

  @Test
  void takesTheWholeNameBeforeItsLongestEnding() {
    var tree = tree(";;a.b.c;;;;;;", ";;*.b.c;;;;;;", ";;*.c;;;;;;", ";;;;;;;;");

    assertThat(tree.find(named("a.b.c"))).isEqualTo(";;a.b.c;;;;;;");
    assertThat(tree.find(named("x.b.c"))).isEqualTo(";;*.b.c;;;;;;");
    assertThat(tree.find(named("b.c"))).isEqualTo(";;*.c;;;;;;");
    assertThat(tree.find(named(".c"))).isEqualTo(";;;;;;;;");
    assertThat(tree.find(named("c"))).isEqualTo(";;;;;;;;");
    assertThat(tree.find(named(""))).isEqualTo(";;;;;;;;");
  }

  @Test
  void asksForTheProtocolsInTheClientsOrder() {
    var tree = tree(";;;;h2;;;;", ";;;;http/1.1 http/1.0;;;;");

    assertThat(tree.find(named("", "http/1.1", "h2"))).isEqualTo(";;;;http/1.1 http/1.0;;;;");
    assertThat(tree.find(named("", "spdy", "h2"))).isEqualTo(";;;;h2;;;;");
    assertThat(tree.find(named("", "spdy"))).isNull();
  }

  @Test
  void neverGoesBack() {
    var tree = tree("80;;;;h2;;;;", ";;;;;;;;");

    assertThat(tree.find(named("", "http/1.1"))).isNull();
  }

  @Test
  void knowsWhoIsOnThisMachine() {
    var tree = tree(";;;;;;SAME_IP_OR_LOOPBACK;;", ";;;;;;EXTERNAL;;");

    assertThat(tree.find(connection("10.0.0.1", "127.0.0.1"))).contains("LOOPBACK");
    assertThat(tree.find(connection("10.0.0.1", "10.0.0.1"))).contains("LOOPBACK");
    assertThat(tree.find(connection("::2", "::1"))).contains("LOOPBACK");
    assertThat(tree.find(connection("10.0.0.1", "10.0.0.2"))).contains("EXTERNAL");
    assertThat(tree.find(connection(HostPort.pipe("/a"), HostPort.pipe(""), Detected.NOTHING)))
        .contains("LOOPBACK");
  }

  @Test
  void treatsPipesAsTheLastAddress() {
    var tree = tree(";255.255.255.255/32;;;;;;;");

    assertThat(tree.find(connection(HostPort.pipe("/a"), HostPort.pipe(""), Detected.NOTHING)))
        .isNotNull();
  }

  @Test
  void tellsWhoAsksForTheSame() {
    var overlaps = new ArrayList<String>();
    var entries =
        List.of(
            new ChainTree.Entry<>(match(";;a b;;;;;;"), "A"),
            new ChainTree.Entry<>(match(";;b c;;;;;;"), "B"),
            new ChainTree.Entry<>(match(";;b;;;;;;1"), "C"),
            new ChainTree.Entry<>(match(";10.0.0.1/8;;;;;;;"), "D"),
            new ChainTree.Entry<>(match(";10.9.9.9/8;;;;;;;"), "E"));

    ChainTree.of(entries, (one, other) -> overlaps.add(one + other));

    assertThat(overlaps).containsExactlyInAnyOrder("AB", "DE");
  }

  @Test
  void findsWhatALookAtEveryChainFinds() {
    for (var seed = 0; seed < 10_000; seed++) {
      var random = new SplittableRandom(seed);
      var tables = new RandomChains(random);
      var matches = tables.matches(1 + random.nextInt(8));
      var entries = matches.stream().map(match -> new ChainTree.Entry<>(match, match)).toList();
      var overlaps = new ArrayList<ChainMatch>();
      var tree = ChainTree.of(entries, (_, other) -> overlaps.add(other));
      for (var i = 0; overlaps.isEmpty() && i < 10; i++) {
        var connection = tables.connection();

        assertThat(tree.find(connection))
            .as(() -> connection + " in " + matches)
            .isEqualTo(NaiveChains.find(matches, connection));
      }
    }
  }

  /// Envoy's rules, read off its documentation: at each criterion those stay that ask for the most
  /// specific value that fits; who asks for nothing stays only if no other fits.
  private static final class NaiveChains {
    static @Nullable ChainMatch find(List<ChainMatch> all, ConnectionInfo connection) {
      var left = all;
      for (var step = 0; step < 9; step++) {
        var at = step;
        var best = left.stream().mapToInt(match -> score(match, at, connection)).max().orElse(-1);
        left = left.stream().filter(match -> score(match, at, connection) == best).toList();
        if (best < 0) {
          return null;
        }
      }
      return left.getFirst();
    }

    /// -1 = does not fit, 0 = asks for nothing, more = more specific.
    private static int score(ChainMatch match, int step, ConnectionInfo connection) {
      var detected = connection.detected();
      return switch (step) {
        case 0 -> exact(match.destinationPort(), 0, connection.local().port());
        case 1 -> ranges(match.destinations(), connection.local());
        case 2 -> names(match.serverNames(), connection.serverName());
        case 3 -> exact(match.transportProtocol(), "", detected.transportProtocol());
        case 4 -> {
          var best = match.applicationProtocols().isEmpty() ? 0 : -1;
          var offered = detected.applicationProtocols();
          for (var name : match.applicationProtocols()) {
            var place = offered.indexOf(name);
            best = Math.max(best, place < 0 ? -1 : 100 - place);
          }
          yield best;
        }
        case 5 -> ranges(match.directSources(), connection.directRemote());
        case 6 -> exact(match.sourceType(), SourceType.ANY, SourceType.of(connection));
        case 7 -> ranges(match.sources(), connection.remote());
        default ->
            match.sourcePorts().isEmpty()
                ? 0
                : match.sourcePorts().contains(connection.remote().port()) ? 1 : -1;
      };
    }

    private static <K> int exact(K asked, K nothing, K found) {
      return asked.equals(nothing) ? 0 : asked.equals(found) ? 1 : -1;
    }

    private static int ranges(List<IpRange> ranges, HostPort address) {
      return ranges.isEmpty()
          ? 0
          : ranges.stream()
              .mapToInt(range -> range.contains(address.ip()) ? 1 + range.bits() : -1)
              .max()
              .orElseThrow();
    }

    private static int names(List<String> names, String found) {
      return names.isEmpty()
          ? 0
          : names.stream()
              .mapToInt(
                  name ->
                      name.equals(found)
                          ? 1_000
                          : name.startsWith("*")
                                  && found.length() >= name.length()
                                  && found.endsWith(name.substring(1))
                              ? name.length()
                              : -1)
              .max()
              .orElseThrow();
    }
  }

  /// Few values for each criterion, so that chains meet.
  private static final class RandomChains {
    private static final List<String> RANGES =
        List.of("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "0.0.0.0/0", "fd00::/8", "::/0");
    private static final List<String> ADDRESSES =
        List.of("10.1.2.3", "10.1.9.9", "10.9.9.9", "11.1.1.1", "fd00::1", "::1", "127.0.0.1");
    private static final List<String> ASKED = List.of("a.b.c", "*.b.c", "*.c", "b.c");
    private static final List<String> NAMES = List.of("", "a.b.c", "x.b.c", "b.c", "y.c", "z");
    private static final List<String> PROTOCOLS = List.of("h2", "http/1.1", "istio");

    private final RandomGenerator random;

    RandomChains(RandomGenerator random) {
      this.random = random;
    }

    List<ChainMatch> matches(int count) {
      var matches = new ArrayList<ChainMatch>();
      for (var i = 0; i < count; i++) {
        matches.add(
            new ChainMatch(
                some() ? 80 + random.nextInt(2) : 0,
                some(RANGES).stream().map(ChainTreeTest::range).toList(),
                some(ASKED),
                some() ? one(List.of("tls", "raw_buffer")) : "",
                some(PROTOCOLS),
                some(RANGES).stream().map(ChainTreeTest::range).toList(),
                some() ? one(List.of(SourceType.values())) : SourceType.ANY,
                some(RANGES).stream().map(ChainTreeTest::range).toList(),
                some(List.of(5555, 5556))));
      }
      return matches;
    }

    ConnectionInfo connection() {
      var offered = new ArrayList<>(some(PROTOCOLS));
      if (random.nextBoolean()) {
        offered.addFirst("spdy");
      }
      return new ConnectionInfo(
          1,
          new ConnectionAddresses(
              new HostPort(one(ADDRESSES), 80 + random.nextInt(3)),
              new HostPort(one(ADDRESSES), 5555 + random.nextInt(3)),
              new HostPort(one(ADDRESSES), 7)),
          new Detected(one(List.of("tls", "raw_buffer")), one(NAMES), offered),
          ListenerInfo.NONE,
          new FilterState());
    }

    private boolean some() {
      return random.nextInt(3) == 0;
    }

    private <T> T one(List<T> values) {
      return values.get(random.nextInt(values.size()));
    }

    private <T> List<T> some(List<T> values) {
      return some() ? values.stream().filter(_ -> random.nextBoolean()).toList() : List.of();
    }
  }
}
