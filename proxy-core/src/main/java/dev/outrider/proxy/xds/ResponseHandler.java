package dev.outrider.proxy.xds;

import com.google.protobuf.Any;
import java.util.List;
import java.util.function.Consumer;

/// Takes the responses of a control plane and says what became of them. Main loop only.
public interface ResponseHandler {

  /// One response whose type was asked for. `verdict` is called once, on the main loop, at once or
  /// later; until then no request of that type leaves and its next responses wait.
  void onResponse(Response response, Consumer<Verdict> verdict);

  /// The stream ended; another one follows.
  void onDisconnect();

  /// A response as it came, its resources still packed.
  record Response(String typeUrl, String version, List<Any> resources) {}

  /// What became of a response.
  sealed interface Verdict {

    /// All of it holds now.
    record Accepted() implements Verdict {}

    /// Some of it does not hold; `text` says what and why.
    record Refused(String text) implements Verdict {}
  }
}
