package dev.outrider.proxy.xds.stream;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.xds.resource.ResponseHandler.Packed;
import dev.outrider.proxy.xds.resource.ResponseHandler.Response;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// What a response of the state of the world says, once resources are out of the wrapper in which
/// they may come (Envoy `service.discovery.v3.Resource`).
///
/// @param lifetimes of those that have one, by name
/// @param beatsOnly all of it says that what is held is still valid: it does not list all there are
record SotwNews(Response response, Map<String, Duration> lifetimes, boolean beatsOnly) {
  private static final String WRAPPER = "type.googleapis.com/envoy.service.discovery.v3.Resource";
  private static final int NAME_TAG = 10; // field 1, a string, in every kind of resource

  /// A resource without a body is as it was if the response is of the version that is held. The
  /// wrapper's own version says nothing: Envoy writes that of the response over it, and servers
  /// leave it empty.
  ///
  /// @param version of what is held
  /// @throws InvalidProtocolBufferException if it cannot be used at all
  static SotwNews of(DiscoveryResponse response, String version)
      throws InvalidProtocolBufferException {
    var packed = new ArrayList<Packed>(response.getResourcesCount());
    var lifetimes = new HashMap<String, Duration>();
    var sameVersion = response.getVersionInfo().equals(version);
    var beats = 0;
    for (var resource : response.getResourcesList()) {
      if (!resource.getTypeUrl().equals(WRAPPER)) {
        packed.add(new Packed("", response.getVersionInfo(), resource));
        continue;
      }
      var wrapper = Resource.parseFrom(resource.getValue());
      lifetime(wrapper, lifetimes);
      var beat = sameVersion && !wrapper.hasResource();
      beats += beat ? 1 : 0;
      packed.add(
          new Packed(
              wrapper.getName(), response.getVersionInfo(), beat ? null : wrapper.getResource()));
    }
    var beatsOnly = beats > 0 && beats == packed.size();
    return new SotwNews(
        new Response(
            response.getTypeUrl(), response.getVersionInfo(), packed, beatsOnly ? Set.of() : null),
        lifetimes,
        beatsOnly);
  }

  private static void lifetime(Resource wrapper, Map<String, Duration> lifetimes)
      throws InvalidProtocolBufferException {
    if (wrapper.hasTtl()) {
      var problem = Lifetimes.problem(wrapper.getName(), wrapper.getTtl());
      if (problem != null) {
        throw new InvalidProtocolBufferException(problem);
      }
      lifetimes.put(nameIn(wrapper), wrapper.getTtl());
    }
  }

  private static String nameIn(Resource wrapper) {
    return wrapper.getName().isEmpty() ? nameIn(wrapper.getResource()) : wrapper.getName();
  }

  /// Empty if there is none, which the parser of the resource says.
  private static String nameIn(Any resource) {
    try {
      var input = resource.getValue().newCodedInput();
      return input.readTag() == NAME_TAG ? input.readStringRequireUtf8() : "";
    } catch (IOException _) {
      return "";
    }
  }

  /// Tells `all` how long what came holds.
  ///
  /// @param whole the response lists all there are
  void tell(Lifetimes all, boolean whole) {
    if (all.isEmpty() && lifetimes.isEmpty()) {
      return;
    }
    var came = new LinkedHashSet<String>();
    for (var resource : response.resources()) {
      var body = resource.resource();
      came.add(resource.name().isEmpty() && body != null ? nameIn(body) : resource.name());
    }
    came.forEach(name -> all.start(name, lifetimes.get(name)));
    if (whole && !beatsOnly) {
      all.retain(came);
    }
  }
}
