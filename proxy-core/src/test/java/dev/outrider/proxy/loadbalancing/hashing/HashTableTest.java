package dev.outrider.proxy.loadbalancing.hashing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbPolicy.ConsistentHashing;
import dev.outrider.proxy.cluster.LbPolicy.Maglev;
import dev.outrider.proxy.cluster.LbPolicy.RingHash;
import dev.outrider.proxy.cluster.LbValue;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.cluster.XxHash;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Rings and Maglev tables against those that Envoy's own tests print, and against the definition.
class HashTableTest {
  private static final ConsistentHashing BY_HOSTNAME = new ConsistentHashing(true, 0, false);

  private static List<Endpoint> endpoints(EndpointSpec... specs) {
    return EndpointSet.next(null, "c", new Assignment("c", List.of(specs)), 1).endpoints();
  }

  private static EndpointSpec spec(int port, String hostname, int weight, String hashKey) {
    var lb =
        hashKey.isEmpty()
            ? LbMetadata.NONE
            : LbMetadata.of(new TreeMap<>(Map.of("hash_key", new LbValue.Text(hashKey))));
    return new EndpointSpec(
        new HostPort("127.0.0.1", port),
        hostname,
        weight,
        0,
        Locality.NONE,
        HealthStatus.HEALTHY,
        EndpointMetadata.of(Metadata.of(new byte[] {1}), Metadata.NONE, lb));
  }

  private static List<Endpoint> ports(int from, int to) {
    return endpoints(
        IntStream.rangeClosed(from, to)
            .mapToObj(port -> spec(port, Integer.toString(port), 1, ""))
            .toArray(EndpointSpec[]::new));
  }

  private static int port(HashTable table, long hash, int attempt) {
    return Objects.requireNonNull(table.at(hash, attempt)).address().port();
  }

  private static List<Integer> slots(HashTable table, int count) {
    return LongStream.range(0, count).mapToObj(hash -> port(table, hash, 0)).toList();
  }

  private static HashRing ring(int min, boolean murmur, List<Endpoint> endpoints) {
    return new HashRing(
        new RingHash(min, RingHash.DEFAULT_MAX_SIZE, murmur, ConsistentHashing.DEFAULT),
        WeightedHosts.of(endpoints));
  }

  private static MaglevTable maglev(int size, WeightedHosts hosts) {
    return new MaglevTable(new Maglev(size, ConsistentHashing.DEFAULT), hosts);
  }

  private static void expectOwners(HashTable ring, String vector) {
    var places = new TreeMap<Long, Integer>(Long::compareUnsigned);
    vector
        .lines()
        .map(line -> line.split(" "))
        .forEach(place -> places.put(Long.parseUnsignedLong(place[1]), Integer.valueOf(place[0])));
    places.forEach(
        (place, owner) -> {
          assertThat(port(ring, place, 0)).isEqualTo(owner);
          var next = places.ceilingEntry(place + 1);
          assertThat(port(ring, place + 1, 0))
              .isEqualTo(next == null ? places.firstEntry().getValue() : next.getValue());
        });
    assertThat(port(ring, 0, 0)).isEqualTo(places.firstEntry().getValue());
    assertThat(port(ring, -1, 0)).isEqualTo(places.firstEntry().getValue());
  }

  @Test
  void makesEnvoysRing() {
    var ring = ring(12, false, ports(90, 95));

    assertThat(ring.size()).isEqualTo(12);
    assertThat(ring.fewest()).isEqualTo(2);
    assertThat(ring.most()).isEqualTo(2);
    expectOwners(
        ring,
        """
        94 833437586790550860
        92 928266305478181108
        90 1033482794131418490
        95 3551244743356806947
        93 3851675632748031481
        91 5583722120771150861
        91 6311230543546372928
        93 7700377290971790572
        95 13144177310400110813
        92 13444792449719432967
        94 15516499411664133160
        90 16117243373044804889\
        """);
  }

  @Test
  void makesEnvoysRingOfMurmurHash() {
    expectOwners(
        ring(12, true, ports(80, 85)),
        """
        85 1358027074129602068
        83 4361834613929391114
        84 7224494972555149682
        81 7701421856454313576
        82 8649315368077433379
        84 8739448859063030639
        81 9887544217113020895
        82 10150910876324007731
        83 15168472011420622455
        80 15427156902705414897
        85 16375050414328759093
        80 17613279263364193813\
        """);
  }

  @Test
  void makesEnvoysRingOfHostnames() {
    var ring =
        new HashRing(
            new RingHash(12, RingHash.DEFAULT_MAX_SIZE, false, BY_HOSTNAME),
            WeightedHosts.of(ports(90, 95)));

    expectOwners(
        ring,
        """
        95 1975508444536362413
        95 2376063919839173711
        93 2386806903309390596
        94 6749904478991551885
        93 6803900775736438537
        92 7225015537174310577
        90 8787465352164086522
        92 11282020843382717940
        91 13723418369486627818
        90 13776502110861797421
        91 14338313586354474791
        94 15364271037087512980\
        """);
  }

  /// Twelve bytes a place, that twice to sort them, and twelve that stay.
  @Test
  void aRingIsMadeWithoutAnObjectForEachPlace() {
    var endpoints = ports(1, 4);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assertThat(ring(1_000, false, endpoints).size()).isEqualTo(1_000);

    var before = threads.getCurrentThreadAllocatedBytes();
    var ring = ring(400_000, false, endpoints);
    var allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(ring.size()).isEqualTo(400_000);
    assertThat(allocated).isLessThan(40 * 400_000);
  }

  @Test
  void goesToTheNextPlaceWithEachAttempt() {
    var ring = ring(12, false, ports(90, 95));

    assertThat(port(ring, 833437586790550860L, 1)).isEqualTo(92);
    assertThat(port(ring, 833437586790550860L, 2)).isEqualTo(90);
    assertThat(port(ring, Long.parseUnsignedLong("16117243373044804889"), 1)).isEqualTo(94);
  }

  @Test
  void keepsTheRingBelowItsMaximum() {
    var ring =
        new HashRing(
            new RingHash(6, 6, false, ConsistentHashing.DEFAULT), WeightedHosts.of(ports(90, 93)));

    assertThat(ring.size()).isEqualTo(6);
    assertThat(ring.fewest()).isEqualTo(1);
    assertThat(ring.most()).isEqualTo(2);
  }

  @Test
  void givesPlacesByWeight() {
    var ring =
        ring(3, false, endpoints(spec(90, "", 1, ""), spec(91, "", 2, ""), spec(92, "", 3, "")));

    assertThat(ring.size()).isEqualTo(6);
    assertThat(ring.fewest()).isEqualTo(1);
    assertThat(ring.most()).isEqualTo(3);
  }

  @Test
  void fillsEnvoysTable() {
    var table = maglev(7, WeightedHosts.of(ports(90, 95)));

    assertThat(slots(table, 14))
        .containsExactly(92, 94, 90, 91, 95, 90, 93, 92, 94, 90, 91, 95, 90, 93);
    assertThat(table.fewest()).isEqualTo(1);
    assertThat(table.most()).isEqualTo(2);
  }

  @Test
  void fillsTheSameTableInWhateverOrder() {
    var shuffled = new ArrayList<>(ports(90, 95));
    Collections.reverse(shuffled);

    assertThat(slots(maglev(7, WeightedHosts.of(shuffled)), 7))
        .containsExactly(92, 94, 90, 91, 95, 90, 93);
  }

  @Test
  void fillsEnvoysTableOfHostnamesAndOfHashKeys() {
    var byName = new MaglevTable(new Maglev(7, BY_HOSTNAME), WeightedHosts.of(ports(90, 95)));
    var byKey =
        maglev(
            7,
            WeightedHosts.of(
                endpoints(
                    IntStream.rangeClosed(90, 95)
                        .mapToObj(port -> spec(port, "x", 1, Integer.toString(port)))
                        .toArray(EndpointSpec[]::new))));

    assertThat(slots(byName, 7)).containsExactly(92, 95, 90, 93, 94, 91, 90);
    assertThat(slots(byKey, 7)).isEqualTo(slots(byName, 7));
  }

  @Test
  void looksElsewhereWithEachAttempt() {
    var table = maglev(7, WeightedHosts.of(ports(90, 95)));

    assertThat(port(table, 10, 0)).isEqualTo(91);
    assertThat(port(table, 10, 1)).isEqualTo(90);
    assertThat(port(table, 10, 2)).isEqualTo(95);
  }

  @Test
  void fillsEnvoysWeightedTable() {
    var table = maglev(17, WeightedHosts.of(endpoints(spec(90, "", 1, ""), spec(91, "", 2, ""))));

    assertThat(table.fewest()).isEqualTo(6);
    assertThat(table.most()).isEqualTo(11);
    assertThat(slots(table, 17))
        .containsExactly(91, 90, 90, 91, 90, 91, 91, 90, 91, 91, 91, 91, 91, 90, 91, 90, 91);
  }

  @Test
  void fillsEnvoysTableOfWeightedLocalities() {
    var hosts = endpoints(spec(90, "", 1, ""), spec(91, "", 2, ""), spec(92, "", 3, ""));
    var same =
        WeightedHosts.ofGroups(
            List.of(
                new WeightedHosts.Group(hosts.subList(0, 1), 1),
                new WeightedHosts.Group(hosts.subList(1, 2), 1)));
    var different =
        WeightedHosts.ofGroups(
            List.of(
                new WeightedHosts.Group(hosts.subList(0, 1), 8),
                new WeightedHosts.Group(hosts.subList(2, 3), 0),
                new WeightedHosts.Group(hosts.subList(1, 2), 2)));

    assertThat(slots(maglev(17, same), 17))
        .containsExactly(91, 90, 90, 91, 90, 91, 91, 90, 90, 91, 90, 91, 90, 90, 91, 90, 91);
    assertThat(slots(maglev(17, different), 17))
        .containsExactly(91, 90, 90, 90, 90, 90, 91, 90, 90, 91, 90, 91, 90, 90, 90, 90, 90);
  }

  @Test
  void hasNobodyWhereNoLocalityHasWeight() {
    var hosts = WeightedHosts.ofGroups(List.of(new WeightedHosts.Group(ports(90, 91), 0)));

    assertThat(maglev(17, hosts).at(1, 0)).isNull();
    assertThat(
            new HashRing(new RingHash(12, 100, false, ConsistentHashing.DEFAULT), hosts).at(1, 0))
        .isNull();
  }

  /// The paper's listing, word for word, with the numbers of Envoy.
  @Test
  void isTheTableOfThePaper() {
    var random = new SplittableRandom(7);
    for (var round = 0; round < 20; round++) {
      var endpoints = ports(1_000, 1_000 + random.nextInt(60));
      var size = List.of(61, 127, 251, 65_537).get(round % 4);
      var table = maglev(size, WeightedHosts.of(endpoints));

      var byName =
          endpoints.stream()
              .sorted((one, other) -> one.address().text().compareTo(other.address().text()))
              .toList();
      var expected = new int[size];
      Arrays.fill(expected, -1);
      var next = new long[byName.size()];
      for (var filled = 0; filled < size; ) {
        for (var i = 0; i < byName.size() && filled < size; i++) {
          var key = byName.get(i).address().textBytes();
          var offset = Long.remainderUnsigned(XxHash.of(key, 0, key.length, 0), size);
          var skip = Long.remainderUnsigned(XxHash.of(key, 0, key.length, 1), size - 1) + 1;
          var slot = (int) ((offset + skip * next[i]) % size);
          while (expected[slot] >= 0) {
            slot = (int) ((offset + skip * ++next[i]) % size);
          }
          expected[slot] = byName.get(i).address().port();
          next[i]++;
          filled++;
        }
      }
      assertThat(slots(table, size))
          .containsExactlyElementsOf(Arrays.stream(expected).boxed().toList());
    }
  }

  @Test
  void drawsTheNumbersOfTheMersenneTwister() {
    var twister = new MersenneTwister(5489); // the default seed of std::mt19937
    for (var i = 1; i < 10_000; i++) {
      twister.next();
    }

    assertThat(twister.next()).isEqualTo(4_123_659_995L); // C++ standard, [rand.predef]
  }

  @Test
  void passesOverEndpointsThatAreFull() {
    var endpoints = ports(90, 95);
    var table =
        new BoundedLoads(
            maglev(7, WeightedHosts.of(endpoints)), WeightedHosts.of(endpoints), 100, () -> 12);
    var first = Objects.requireNonNull(table.at(3, 0));

    for (var i = 0; i < 4; i++) {
      first.shared().requestStarted();
    }
    var second = Objects.requireNonNull(table.at(3, 0));
    assertThat(second).isNotSameAs(first);
    assertThat(table.at(3, 0)).isSameAs(second);
    for (var i = 0; i < 4; i++) {
      second.shared().requestStarted();
    }
    assertThat(table.at(3, 0)).isNotIn(first, second);
  }

  @Test
  void looksForAnotherWithoutAllocating() {
    var endpoints = ports(1, 200);
    var counted = new int[1];
    var table =
        new BoundedLoads(
            maglev(211, WeightedHosts.of(endpoints)),
            WeightedHosts.of(endpoints),
            100,
            () -> {
              counted[0]++;
              return 0;
            });
    endpoints.forEach(endpoint -> endpoint.shared().requestStarted());
    endpoints.forEach(endpoint -> endpoint.shared().requestStarted());
    assertThat(chosen(table, 2_000)).isEqualTo(2_000);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    counted[0] = 0;

    var before = threads.getCurrentThreadAllocatedBytes();
    var chosen = chosen(table, 2_000);
    var allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(chosen).isEqualTo(2_000);
    assertThat(counted[0]).as("requests of the cluster: a sum over all loops").isEqualTo(2_000);
    assertThat(allocated).isLessThan(100_000);
  }

  private static int chosen(HashTable table, int hashes) {
    var chosen = 0;
    for (var hash = 0; hash < hashes; hash++) {
      chosen += table.at(hash, 0) == null ? 0 : 1;
    }
    return chosen;
  }

  @Test
  void takesTheLeastFullIfAllAre() {
    var endpoints = ports(90, 92);
    var table =
        new BoundedLoads(
            maglev(7, WeightedHosts.of(endpoints)), WeightedHosts.of(endpoints), 100, () -> 0);
    for (var i = 0; i < endpoints.size(); i++) {
      for (var requests = 0; requests < 3 + (i == 1 ? 0 : 2); requests++) {
        endpoints.get(i).shared().requestStarted();
      }
    }

    for (var hash = 0; hash < 7; hash++) {
      assertThat(table.at(hash, 0)).isSameAs(endpoints.get(1));
    }
  }
}
