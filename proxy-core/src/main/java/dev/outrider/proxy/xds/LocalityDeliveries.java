package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.xds.admission.Admission;
import dev.outrider.proxy.xds.resource.Delivery;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.Refusals;
import dev.outrider.proxy.xds.resource.Resource.LocalityEndpoint;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResponseHandler.Packed;
import dev.outrider.proxy.xds.resource.ResponseHandler.Response;
import dev.outrider.proxy.xds.resource.Subscriptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes endpoints of localities (LEDS), each a resource of its own in a collection that somebody
/// asked for. As in Envoy all of a response is taken or nothing. Main loop only.
final class LocalityDeliveries {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final ResourceKind KIND = ResourceKind.LOCALITY;

  private final ResourceTypes types;
  private final Admission admission;
  private final Subscriptions subscriptions;

  LocalityDeliveries(ResourceTypes types, Admission admission, Subscriptions subscriptions) {
    this.types = types;
    this.admission = admission;
    this.subscriptions = subscriptions;
  }

  /// Returns the text of the refusal, null if there is none.
  ///
  /// @param source where it came from; null = from the control plane
  @Nullable String take(Response response, @Nullable ResourceSource source, long startNanos) {
    var arrived = new LinkedHashMap<ResourceKey, EndpointSpec>();
    var problems = new LinkedHashMap<String, List<ConfigProblem>>();
    for (var packed : response.resources()) {
      var key = new ResourceKey(KIND, packed.name(), source);
      if (!admission.wants(key)) {
        LOG.info("ignored {}: not asked for", key);
      } else if (packed.resource() != null) { // or else it is as it was
        read(packed, key, arrived, problems);
      }
    }
    var delivery =
        new Delivery(
            KIND,
            source,
            ConfigOrigin.DYNAMIC,
            response.version(),
            response.resources(),
            response.removed());
    if (!problems.isEmpty()) {
      var text = Refusals.text(KIND, problems);
      subscriptions.concluded(delivery, Outcome.broken(text), Set.of(), startNanos);
      admission.failLocalities(source);
      return text;
    }
    var removed = keys(source, response.removed());
    var heard = new LinkedHashSet<String>();
    arrived.keySet().forEach(key -> heard.add(admission.collection(key).name()));
    removed.forEach(key -> heard.add(admission.collection(key).name()));
    admission.takeLocalities(arrived, removed);
    subscriptions.concluded(
        delivery, new Outcome(Map.of(), heard, Map.of(), null), Set.of(), startNanos);
    return null;
  }

  /// They do not count any more.
  void remove(@Nullable ResourceSource source, Set<String> names) {
    admission.takeLocalities(Map.of(), keys(source, names));
  }

  private static Set<ResourceKey> keys(
      @Nullable ResourceSource source, @Nullable Set<String> names) {
    var keys = new LinkedHashSet<ResourceKey>();
    if (names != null) {
      names.forEach(name -> keys.add(new ResourceKey(KIND, name, source)));
    }
    return keys;
  }

  private void read(
      Packed packed,
      ResourceKey key,
      Map<ResourceKey, EndpointSpec> arrived,
      Map<String, List<ConfigProblem>> problems) {
    var found = new ArrayList<ConfigProblem>();
    var body = packed.resource();
    if (body == null || !ProviderRegistry.typeName(body.getTypeUrl()).equals(KIND.messageName())) {
      found.add(new ConfigProblem(key.toString(), "", "is not of type " + KIND.typeUrl()));
    } else {
      try {
        var _ =
            types
                .of(KIND)
                .decode(packed.name(), body.getValue())
                .parse(ConfigOrigin.DYNAMIC, null)
                .thenAccept(parsed -> put(parsed, key, arrived, found)); // at once
      } catch (InvalidProtocolBufferException e) {
        found.add(new ConfigProblem(key.toString(), "", String.valueOf(e.getMessage())));
      }
    }
    if (!found.isEmpty()) {
      problems.put(key.name(), found);
    }
  }

  private static void put(
      Parsed<?> parsed,
      ResourceKey key,
      Map<ResourceKey, EndpointSpec> arrived,
      List<ConfigProblem> found) {
    switch (parsed) {
      case Parsed.Valid<?>(LocalityEndpoint(var endpoint)) -> arrived.put(key, endpoint);
      case Parsed.Valid<?>(var other) ->
          throw new IllegalStateException("not an endpoint: " + other);
      case Parsed.Invalid<?>(var problems) -> found.addAll(problems);
    }
  }
}
