package dev.outrider.proxy.filters.forwardproxy;

import com.google.protobuf.Any;
import dev.outrider.proxy.dns.DnsCache;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.DnsCacheReader;
import dev.outrider.proxy.extension.FilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import io.envoyproxy.envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Makes filters of `filters.http.dynamic_forward_proxy.v3.FilterConfig`. Main loop only.
public final class ForwardProxyProvider implements FilterProvider {
  private static final String TYPE =
      "envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig";

  private final DnsCacheReader caches;

  public ForwardProxyProvider(DnsCacheReader caches) {
    this.caches = caches;
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<HttpFilterFactory>> parse(Any config, ParseContext context) {
    return CompletableFuture.completedFuture(
        context.unpack(config, FilterConfig.parser()).then(message -> factory(message, context)));
  }

  private Parsed<HttpFilterFactory> factory(FilterConfig message, ParseContext context) {
    var problems = refused(message, context);
    if (!problems.isEmpty()) {
      return new Parsed.Invalid<>(problems);
    }
    return caches
        .read(
            message.getDnsCacheConfig(),
            new ParseContext(
                context.resource(), context.field() + ".dns_cache_config", context.name()))
        .then(cache -> Parsed.valid(new Factory(cache)));
  }

  private static List<ConfigProblem> refused(FilterConfig message, ParseContext context) {
    var problems = new ArrayList<ConfigProblem>();
    if (message.hasSubClusterConfig()) {
      problems.add(context.problem("sub_cluster_config", "is not supported"));
    } else if (!message.hasDnsCacheConfig()) {
      problems.add(context.problem("dns_cache_config", "is required"));
    }
    if (message.getSaveUpstreamAddress()) {
      problems.add(context.problem("save_upstream_address", "is not supported"));
    }
    if (message.getAllowDynamicHostFromFilterState()) {
      problems.add(context.problem("allow_dynamic_host_from_filter_state", "is not supported"));
    }
    return problems;
  }

  private record Factory(DnsCache cache) implements HttpFilterFactory {
    @Override
    public WorkerFilterFactory forWorker(WorkerContext worker) {
      var names = new KnownNames(cache, worker.loop());
      return stream -> new ForwardProxyFilter(names, worker.upstreams(), stream);
    }
  }
}
