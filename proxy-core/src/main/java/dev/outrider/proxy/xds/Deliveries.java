package dev.outrider.proxy.xds;

import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.xds.admission.Admission;
import dev.outrider.proxy.xds.resource.Delivery;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.FailedUpdate;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Refusals;
import dev.outrider.proxy.xds.resource.Resource.SecretResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import dev.outrider.proxy.xds.resource.ScopesUse;
import dev.outrider.proxy.xds.resource.Subscriptions;
import dev.outrider.proxy.xds.runtime.RuntimeDiscovery;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What becomes of a response, wherever it comes from: judged, admitted, counted and answered. Main
/// loop only.
final class Deliveries {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  /// Told how a delivery goes that brings all resources of a kind, or comes from the control plane.
  interface Progress {

    /// It came in time, however long its filters take to compile.
    void onBegin(ResourceKind kind);

    /// Everything that follows from it has been done.
    void onEnd(ResourceKind kind);
  }

  private final Loop loop;
  private final ResourceTypes types;
  private final ResourceIntake intake;
  private final Admission admission;
  private final RuntimeDiscovery runtimes;
  private final Subscriptions subscriptions;
  private final Progress progress;
  private final LocalityDeliveries localities;
  private @Nullable HostDeliveries hosts; // made for the first table that has such

  /// Responses with tables that are being read, and whether virtual hosts are read into some; one
  /// waits for the other, since both make tables.
  private int tablesRead;

  private boolean hostsRead;
  private final ArrayDeque<Runnable> held = new ArrayDeque<>(1);
  private final EnumMap<ResourceKind, String> versions = new EnumMap<>(ResourceKind.class);
  private final RefusedUpdates refused;

  Deliveries(
      Configuration.Spec spec,
      ResourceIntake intake,
      Admission admission,
      RuntimeDiscovery runtimes,
      Subscriptions subscriptions,
      Progress progress) {
    this.loop = spec.loop();
    this.types = spec.types();
    this.intake = intake;
    this.admission = admission;
    this.runtimes = runtimes;
    this.subscriptions = subscriptions;
    this.progress = progress;
    this.refused = new RefusedUpdates(admission::wants);
    this.localities = new LocalityDeliveries(types, admission, subscriptions);
  }

  /// The version last accepted as a whole; empty if there is none.
  String version(ResourceKind kind) {
    return versions.getOrDefault(kind, "");
  }

  /// Versions that were refused and not replaced since.
  Map<ResourceKey, FailedUpdate> failed(ResourceKind kind) {
    return refused.of(kind);
  }

  /// Takes what the control plane sends.
  ResponseHandler fromControlPlane() {
    return new Handler(null, null, null, subscriptions::disconnected);
  }

  /// Takes what one place sends that brings all resources of a kind.
  ResponseHandler from(ResourceKind whole, ResourceSource source) {
    return new Handler(source, whole, null, () -> subscriptions.failed(whole));
  }

  /// Takes what comes from a place of its own, which should bring this one.
  ResponseHandler of(ResourceKey only) {
    return new Handler(only.source(), null, only, () -> subscriptions.failed(only));
  }

  private final class Handler implements ResponseHandler {
    private final @Nullable ResourceSource source;
    private final @Nullable ResourceKind whole;
    private final @Nullable ResourceKey only;
    private final Runnable lost;

    /// @param whole the kind of which all comes from there; null = not one alone
    /// @param only the one that comes from there; null = not one alone
    /// @param lost counts that the stream was lost, for those who asked over it
    Handler(
        @Nullable ResourceSource source,
        @Nullable ResourceKind whole,
        @Nullable ResourceKey only,
        Runnable lost) {
      this.source = source;
      this.whole = whole;
      this.only = only;
      this.lost = lost;
    }

    @Override
    public void onResponse(Response response, Consumer<Verdict> verdict) {
      var kind = ResourceKind.of(response.typeUrl());
      var start = loop.clock().nanoTime();
      if (kind == ResourceKind.LOCALITY) {
        var refusal = localities.take(response, source, start);
        verdict.accept(refusal == null ? new Verdict.Accepted() : new Verdict.Refused(refusal));
        return;
      }
      if (kind == ResourceKind.VIRTUAL_HOST) {
        takeHosts(response, source, start, verdict);
        return;
      }
      if (kind == ResourceKind.ROUTES) {
        if (hostsRead) {
          held.add(() -> onResponse(response, verdict));
          return;
        }
        tablesRead++;
      }
      if (only == null) {
        progress.onBegin(kind);
      }
      var delivery =
          new Delivery(
              kind,
              source,
              ConfigOrigin.DYNAMIC,
              response.version(),
              response.resources(),
              response.removed());
      intake.take(
          types.of(kind),
          delivery,
          outcome -> {
            if (kind == ResourceKind.SECRET) {
              takeSecrets(outcome, judged -> conclude(delivery, judged, start, verdict));
            } else {
              conclude(delivery, outcome, start, verdict);
            }
          });
    }

    /// As if the control plane took them away.
    @Override
    public void onExpired(String typeUrl, Set<String> names) {
      var kind = ResourceKind.of(typeUrl);
      LOG.info("no longer valid, since not sent again in time: {} {}", kind.word(), names);
      if (kind == ResourceKind.LOCALITY) {
        localities.remove(source, names);
        return;
      }
      if (kind == ResourceKind.VIRTUAL_HOST) {
        var gone = new Response(typeUrl, version(kind), List.of(), names);
        takeHosts(gone, source, loop.clock().nanoTime(), _ -> {});
        return;
      }
      var delivery =
          new Delivery(kind, source, ConfigOrigin.DYNAMIC, version(kind), List.of(), names);
      admit(delivery, Outcome.EMPTY, Set.of());
      subscriptions.concluded(delivery, Outcome.EMPTY, Set.of(), loop.clock().nanoTime());
    }

    @Override
    public void onDisconnect() {
      lost.run();
    }

    @Override
    public void onUnreadable(List<ConfigProblem> problems) {
      if (only != null) {
        subscriptions.refused(only);
      } else if (whole != null) {
        subscriptions.refused(whole);
      }
    }

    private void conclude(
        Delivery delivery, Outcome outcome, long startNanos, Consumer<Verdict> verdict) {
      var refusal = applied(delivery, outcome, startNanos);
      if (only == null && refusal == null) {
        versions.put(delivery.kind(), delivery.version());
      }
      if (only == null || delivery.kind() == ResourceKind.RUNTIME) {
        progress.onEnd(delivery.kind()); // as in Envoy, what is next is asked for before the answer
      }
      verdict.accept(refusal == null ? new Verdict.Accepted() : new Verdict.Refused(refusal));
      if (delivery.kind() == ResourceKind.ROUTES) {
        tablesRead--;
        takeHeld();
      }
    }

    /// A response is answered, whatever went wrong.
    private @Nullable String applied(Delivery delivery, Outcome outcome, long startNanos) {
      try {
        return apply(delivery, outcome, startNanos);
      } catch (RuntimeException failure) {
        LOG.error("taking {} failed", delivery.kind().word(), failure);
        return "internal error: " + failure;
      }
    }

    /// Admits what is good; returns the text of the refusal, null if there is none.
    private @Nullable String apply(Delivery delivery, Outcome outcome, long startNanos) {
      var kind = delivery.kind();
      var broken = outcome.broken();
      if (broken != null) {
        if (only == null) {
          subscriptions.concluded(delivery, outcome, Set.of(), startNanos);
        } else {
          subscriptions.refused(only);
        }
        if (kind == ResourceKind.SCOPE) {
          admission.unavailable(ScopesUse.all(source));
        }
        return broken;
      }
      var problems = new LinkedHashMap<>(outcome.refused());
      if (kind == ResourceKind.SCOPE && !problems.isEmpty()) { // all of them or none, as in Envoy
        admission.unavailable(ScopesUse.all(source));
      } else {
        problems.putAll(admit(delivery, outcome, unanswered(delivery, outcome)));
      }
      refused.note(delivery, outcome, problems, loop.clock().epochMicros());
      subscriptions.concluded(delivery, outcome, problems.keySet(), startNanos);
      return problems.isEmpty() ? null : Refusals.text(kind, problems);
    }

    private Map<String, List<ConfigProblem>> admit(
        Delivery delivery, Outcome outcome, Set<String> failed) {
      if (delivery.kind() == ResourceKind.RUNTIME) {
        var removed = delivery.removed();
        runtimes.take(delivery, outcome, removed == null ? Set.of() : removed);
        if (only != null && failed.contains(only.name()) && !outcome.all().contains(only.name())) {
          runtimes.unavailable(only);
        }
        return Map.of();
      }
      return admission.take(
          new Admission.Step(
              delivery.kind(),
              source,
              delivery.version(),
              gone(delivery, outcome),
              outcome.arrived(),
              outcome.good(),
              failed));
    }

    /// Names that were answered with nothing that can be used. Endpoints and secrets that a control
    /// plane does not have are not waited for any longer, nor what the file of its own does not
    /// have: it says so once, while a service may have it soon (Envoy waits for that in the same
    /// way).
    private Set<String> unanswered(Delivery delivery, Outcome outcome) {
      var names = new LinkedHashSet<>(outcome.refused().keySet());
      var waitedFor =
          switch (delivery.kind()) {
            case ENDPOINTS, SECRET, EXTENSION -> true;
            case CLUSTER, LISTENER, ROUTES, RUNTIME, SCOPE, LOCALITY, VIRTUAL_HOST -> false;
          };
      if (waitedFor && delivery.removed() != null) {
        names.addAll(delivery.removed());
      }
      if (only != null
          && only.file() != null
          && only.kind() != ResourceKind.SCOPE
          && delivery.removed() == null
          && !outcome.all().contains(only.name())) {
        LOG.warn("{} is not in what was sent", only);
        names.add(only.name());
      }
      return names;
    }
  }

  private void takeHosts(
      ResponseHandler.Response response,
      @Nullable ResourceSource source,
      long startNanos,
      Consumer<ResponseHandler.Verdict> verdict) {
    if (tablesRead > 0 || hostsRead) {
      held.add(() -> takeHosts(response, source, startNanos, verdict));
      return;
    }
    hostsRead = true;
    if (hosts == null) {
      hosts = new HostDeliveries(loop, types, admission, subscriptions);
    }
    hosts.take(
        response,
        source,
        startNanos,
        refusal -> {
          hostsRead = false;
          verdict.accept(
              refusal == null
                  ? new ResponseHandler.Verdict.Accepted()
                  : new ResponseHandler.Verdict.Refused(refusal));
          takeHeld();
        });
  }

  private void takeHeld() {
    while (!held.isEmpty() && tablesRead == 0 && !hostsRead) {
      held.poll().run();
    }
  }

  /// Good ones are those of which contexts can be made.
  private void takeSecrets(Outcome outcome, Consumer<Outcome> then) {
    CompletionStage<Outcome> all = CompletableFuture.completedFuture(outcome);
    for (var entry : outcome.arrived().entrySet()) {
      if (entry.getValue().value() instanceof SecretResource secret) {
        var name = entry.getKey();
        all =
            all.thenCombine(
                taken(name, secret, entry.getValue()),
                (sofar, problems) -> sofar.but(name, problems));
      }
    }
    var _ = all.exceptionally(Deliveries::broken).thenAccept(then);
  }

  private CompletionStage<List<ConfigProblem>> taken(
      String name, SecretResource secret, Held<?> held) {
    try {
      return types
          .secrets()
          .take(
              new ResourceKey(ResourceKind.SECRET, name),
              new Held<>(secret, held.bytes(), held.origin(), held.version(), held.epochMicros()));
    } catch (RuntimeException failure) {
      return CompletableFuture.failedFuture(failure);
    }
  }

  private static Outcome broken(Throwable failure) {
    LOG.error("taking secrets failed", failure);
    return Outcome.broken("internal error: " + failure);
  }

  /// Names that a delivery takes away. Of kinds that are asked for by name only extensions ever
  /// are: what else is named by somebody stays as it was last, as in Envoy.
  private Set<String> gone(Delivery delivery, Outcome outcome) {
    var kind = delivery.kind();
    var removed = delivery.removed();
    if (kind == ResourceKind.EXTENSION && removed != null) {
      return removed;
    }
    if (!kind.fullState()) {
      return Set.of();
    }
    if (kind == ResourceKind.SCOPE && removed != null) {
      return removed;
    }
    if (removed == null) {
      var gone =
          kind == ResourceKind.SCOPE
              ? admission.scopeNames(delivery.source())
              : admission.dynamicNames(kind);
      gone.removeAll(outcome.all());
      return gone;
    }
    var gone = new LinkedHashSet<>(removed);
    gone.removeIf(name -> !admission.isDynamic(kind, name));
    return gone;
  }
}
