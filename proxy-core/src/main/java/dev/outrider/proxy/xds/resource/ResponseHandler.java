package dev.outrider.proxy.xds.resource;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.ConfigProblem;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes the responses of a control plane and says what became of them. Main loop only.
public interface ResponseHandler {

  /// One response whose type was asked for. `verdict` is called once, on the main loop, at once or
  /// later; until then no request of that type leaves and its next responses wait.
  void onResponse(Response response, Consumer<Verdict> verdict);

  /// Resources that were sent to hold for a time only were not sent again in it. A kind that lists
  /// all there are loses them.
  void onExpired(String typeUrl, Set<String> names);

  /// The stream ended; another one follows.
  void onDisconnect();

  /// An answer came that nothing could be read of; another one follows.
  void onUnreadable(List<ConfigProblem> problems);

  /// A response as it came.
  ///
  /// @param version of the whole
  /// @param removed names that are gone; null if the response says all there is, so that what is
  ///   missing is gone
  record Response(
      String typeUrl, String version, List<Packed> resources, @Nullable Set<String> removed) {

    /// State of the world.
    public static Response all(String typeUrl, String version, List<Any> resources) {
      return new Response(
          typeUrl,
          version,
          resources.stream().map(each -> new Packed("", version, each)).toList(),
          null);
    }
  }

  /// A resource as it came.
  ///
  /// @param name of its own; empty = as the message says
  /// @param version of its own, or of what it came in
  /// @param resource null = as it is held; or, with aliases, that they stand for nothing
  /// @param aliases names that it was asked for by, besides its own
  record Packed(String name, String version, @Nullable Any resource, List<String> aliases) {

    /// Without aliases.
    public Packed(String name, String version, @Nullable Any resource) {
      this(name, version, resource, List.of());
    }
  }

  /// What became of a response.
  sealed interface Verdict {

    /// All of it holds now.
    record Accepted() implements Verdict {}

    /// Some of it does not hold; `text` says what and why.
    record Refused(String text) implements Verdict {}
  }
}
