package dev.outrider.proxy.network.rbac;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.NetworkFilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.rbac.RbacReader;
import io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Makes access control of connections from `filters.network.rbac.v3.RBAC`.
public final class RbacFilterProvider implements NetworkFilterProvider {
  private static final String TYPE = "envoy.extensions.filters.network.rbac.v3.RBAC";

  private final MetricRegistry registry;

  public RbacFilterProvider(MetricRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<NetworkFilterFactory>> parse(Any config, ParseContext context) {
    return CompletableFuture.completedFuture(
        context.unpack(config, RBAC.parser()).then(message -> factory(message, context)));
  }

  private Parsed<NetworkFilterFactory> factory(RBAC message, ParseContext context) {
    var problems = new ArrayList<ConfigProblem>();
    var spec = spec(message, context, problems);
    return Parsed.of(new Factory(spec, registry), problems);
  }

  private static RbacFilterSpec spec(
      RBAC message, ParseContext context, List<ConfigProblem> problems) {
    if (message.hasMatcher()) {
      problems.add(context.problem("matcher", "is not supported"));
    }
    if (message.hasShadowMatcher()) {
      problems.add(context.problem("shadow_matcher", "is not supported"));
    }
    var shadowPrefix = message.getShadowRulesStatPrefix();
    if (!shadowPrefix.isEmpty() && !shadowPrefix.endsWith(".")) {
      problems.add(
          context.problem("shadow_rules_stat_prefix", "must end with a dot, is " + shadowPrefix));
    }
    var reader = new RbacReader(context, false, problems);
    var delay = message.getDelayDeny();
    return new RbacFilterSpec(
        message.getStatPrefix(),
        shadowPrefix,
        message.hasRules() ? reader.read(message.getRules(), "rules") : null,
        message.hasShadowRules() ? reader.read(message.getShadowRules(), "shadow_rules") : null,
        message.getEnforcementType() == RBAC.EnforcementType.CONTINUOUS,
        delay.getSeconds() * 1_000 + delay.getNanos() / 1_000_000);
  }

  /// One chain's access control, on whatever worker.
  record Factory(RbacFilterSpec spec, MetricRegistry registry) implements NetworkFilterFactory {
    @Override
    public WorkerNetworkFilterFactory forWorker(WorkerContext worker) {
      return new WorkerRbacFilter(spec, worker.loop(), registry);
    }
  }
}
