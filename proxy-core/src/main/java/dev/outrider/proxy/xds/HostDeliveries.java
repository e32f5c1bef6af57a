package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.xds.admission.Admission;
import dev.outrider.proxy.xds.resource.Delivery;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.DiscoveredHosts;
import dev.outrider.proxy.xds.resource.DiscoveredHosts.Member;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Refusals;
import dev.outrider.proxy.xds.resource.Resource.HostResource;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResponseHandler.Packed;
import dev.outrider.proxy.xds.resource.ResponseHandler.Response;
import dev.outrider.proxy.xds.resource.Subscriptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes virtual hosts that come by themselves (VHDS) into the route tables that they belong to.
/// All of a response is taken or nothing. Main loop only.
final class HostDeliveries {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final ResourceKind KIND = ResourceKind.VIRTUAL_HOST;

  private final Loop loop;
  private final ResourceTypes types;
  private final Admission admission;
  private final Subscriptions subscriptions;

  HostDeliveries(Loop loop, ResourceTypes types, Admission admission, Subscriptions subscriptions) {
    this.loop = loop;
    this.types = types;
    this.admission = admission;
    this.subscriptions = subscriptions;
  }

  /// What a response says of the virtual hosts of one table.
  private static final class News {
    private final TreeMap<String, Member> added = new TreeMap<>();
    private final Set<String> removed = new HashSet<>();

    /// Of what was heard of, with what stands for it.
    private final Set<String> names = new HashSet<>();
  }

  /// Takes a response.
  ///
  /// @param source where it came from; null = from the control plane
  /// @param done told the text of the refusal, null if there is none; within this call unless a
  ///   file has to be read. No table may change until then.
  void take(
      Response response,
      @Nullable ResourceSource source,
      long startNanos,
      Consumer<@Nullable String> done) {
    var removed = response.removed();
    var delivery =
        new Delivery(
            KIND, source, ConfigOrigin.DYNAMIC, response.version(), response.resources(), removed);
    var problems = new ArrayList<ConfigProblem>();
    var news = new LinkedHashMap<ResourceKey, News>();
    for (var packed : response.resources()) {
      var key = new ResourceKey(KIND, packed.name(), source);
      if (admission.wants(key)) {
        read(packed, key, newsOf(key, news), problems);
      } else {
        LOG.info("ignored {}: not asked for", key);
      }
    }
    for (var name : removed == null ? Set.<String>of() : removed) {
      var key = new ResourceKey(KIND, name, source);
      if (admission.wants(key)) {
        newsOf(key, news).removed.add(name);
      }
    }
    if (!problems.isEmpty()) {
      done.accept(refuse(delivery, problems, startNanos));
      return;
    }
    var tables = new LinkedHashMap<ResourceKey, Held<RoutesResource>>();
    merge(news, delivery, tables, problems)
        .whenComplete(
            (_, failure) ->
                onLoop(
                    () -> {
                      if (failure != null) {
                        LOG.error("reading route tables failed", failure);
                        problems.add(new ConfigProblem("", "", "internal error: " + failure));
                      }
                      done.accept(conclude(delivery, news, tables, problems, startNanos));
                    }));
  }

  private void onLoop(Runnable task) {
    if (loop.onLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  private static News newsOf(ResourceKey host, Map<ResourceKey, News> news) {
    var key = new ResourceKey(KIND, DiscoveredHosts.tableOf(host.name()), host.source());
    return news.computeIfAbsent(key, _ -> new News());
  }

  private void read(Packed packed, ResourceKey key, News news, List<ConfigProblem> problems) {
    news.names.add(packed.name());
    news.names.addAll(packed.aliases());
    var body = packed.resource();
    if (body == null && !packed.aliases().isEmpty()) {
      return; // there is none
    }
    if (body == null || !ProviderRegistry.typeName(body.getTypeUrl()).equals(KIND.messageName())) {
      problems.add(new ConfigProblem(key.toString(), "", "is not of type " + KIND.typeUrl()));
      return;
    }
    try {
      var _ =
          types
              .of(KIND)
              .decode(packed.name(), body.getValue())
              .parse(ConfigOrigin.DYNAMIC, null)
              .thenAccept(parsed -> put(parsed, packed.name(), news, problems)); // at once
    } catch (InvalidProtocolBufferException e) {
      problems.add(new ConfigProblem(key.toString(), "", String.valueOf(e.getMessage())));
    }
  }

  private static void put(Parsed<?> parsed, String name, News news, List<ConfigProblem> problems) {
    switch (parsed) {
      case Parsed.Valid<?>(HostResource(var host)) ->
          news.added.put(host.getName(), new Member(name, host));
      case Parsed.Valid<?>(var other) ->
          throw new IllegalStateException("not a virtual host: " + other);
      case Parsed.Invalid<?>(var found) -> problems.addAll(found);
    }
  }

  /// Reads every table that is different now.
  private CompletionStage<?> merge(
      Map<ResourceKey, News> news,
      Delivery delivery,
      Map<ResourceKey, Held<RoutesResource>> tables,
      List<ConfigProblem> problems) {
    var reading = new ArrayList<CompletableFuture<?>>();
    news.forEach(
        (key, change) ->
            admission
                .tables(key)
                .forEach(
                    (table, held) -> {
                      var before = Objects.requireNonNull(held.value().hosts());
                      var members = before.with(change.added, change.removed);
                      if (members.equals(before.members())) {
                        tables.put(table, held(held.value(), held, delivery));
                      } else {
                        reading.add(
                            types
                                .routes(table, before.message(), members)
                                .thenAccept(
                                    read ->
                                        onLoop(
                                            () -> {
                                              problems.addAll(read.problems());
                                              if (read
                                                  instanceof
                                                  Parsed.Valid<RoutesResource>(var value)) {
                                                tables.put(table, held(value, held, delivery));
                                              }
                                            }))
                                .toCompletableFuture());
                      }
                    }));
    return CompletableFuture.allOf(reading.toArray(CompletableFuture[]::new));
  }

  /// The bytes stay those of the table that came by RDS: it is what the same is told by.
  private Held<RoutesResource> held(
      RoutesResource value, Held<RoutesResource> before, Delivery delivery) {
    return new Held<>(
        value, before.bytes(), before.origin(), delivery.version(), loop.clock().epochMicros());
  }

  private @Nullable String conclude(
      Delivery delivery,
      Map<ResourceKey, News> news,
      Map<ResourceKey, Held<RoutesResource>> tables,
      List<ConfigProblem> problems,
      long startNanos) {
    var heard = new LinkedHashMap<ResourceKey, Set<String>>();
    news.forEach((key, change) -> heard.put(key, change.names));
    if (problems.isEmpty()) {
      problems.addAll(admission.takeHosts(tables, heard));
    }
    if (!problems.isEmpty()) {
      return refuse(delivery, problems, startNanos);
    }
    var good = new HashSet<String>();
    heard.keySet().forEach(key -> good.add(key.name()));
    subscriptions.concluded(
        delivery, new Outcome(Map.of(), good, Map.of(), null), Set.of(), startNanos);
    return null;
  }

  private String refuse(Delivery delivery, List<ConfigProblem> problems, long startNanos) {
    var text = Refusals.text(KIND, Map.of("", problems));
    subscriptions.concluded(delivery, Outcome.broken(text), Set.of(), startNanos);
    admission.failHosts(delivery.source());
    return text;
  }
}
