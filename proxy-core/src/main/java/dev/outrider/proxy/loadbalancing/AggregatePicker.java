package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.SpreadPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Chooses among the endpoints of other clusters: the priorities of one come behind those of the
/// one before it, and its own policy chooses within a priority (Envoy aggregate clusters).
public final class AggregatePicker implements HostPicker {
  private final PriorityLoads loads;
  private final HostPicker[] levels;
  private final RandomGenerator random;

  private AggregatePicker(PriorityLoads loads, List<HostPicker> levels, RandomGenerator random) {
    this.loads = loads;
    this.levels = levels.toArray(HostPicker[]::new);
    this.random = random;
  }

  /// A cluster that the aggregate consists of.
  public record Member(Cluster cluster, EndpointSet endpoints, PickerScope scope) {
    private HostPicker picker(HostSet priority) {
      return HostPickers.of(
          cluster, new EndpointSet(cluster.name(), priority.all(), endpoints.policy()), scope);
    }
  }

  /// A picker over the priorities of all members, one after the other.
  ///
  /// @param panicPercent of the aggregate: it counts where a priority is chosen
  public static HostPicker of(int panicPercent, List<Member> members, RandomGenerator random) {
    var sets = new ArrayList<HostSet>();
    var levels = new ArrayList<HostPicker>();
    for (var member : members) {
      for (var set : HostSet.byPriority(member.endpoints.endpoints())) {
        sets.add(set);
        levels.add(member.picker(set));
      }
    }
    if (sets.isEmpty()) {
      return _ -> null;
    }
    var loads =
        PriorityLoads.of(
            sets.stream().map(set -> set.counts(false)).toList(),
            SpreadPolicy.DEFAULT_OVERPROVISIONING,
            panicPercent);
    return new AggregatePicker(loads, levels, random);
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var chosen = loads.choose(random.nextLong());
    return levels[chosen >= 0 ? chosen : ~chosen].pick(context);
  }
}
