package dev.outrider.proxy.xds.stream;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The types of one conversation, in the order in which they were first asked for, and those of
/// them that have something to say. Each has its say once the stream is open, it is not held back,
/// and nothing that it received is still being judged. Main loop only.
final class TypeQueue<S extends TypeSubscription<?>> {
  private final AdsStreams streams;
  private final Consumer<S> send;
  private final Map<String, S> types = new LinkedHashMap<>();
  private final Set<String> heldBack = new HashSet<>();
  private final ArrayDeque<S> queue = new ArrayDeque<>();

  /// @param send lets a type say what it has to say; calls [#drop] for it
  TypeQueue(AdsStreams streams, Consumer<S> send) {
    this.streams = streams;
    this.send = send;
  }

  @Nullable S get(String typeUrl) {
    return types.get(typeUrl);
  }

  void add(S type) {
    types.put(type.typeUrl, type);
  }

  Collection<S> all() {
    return types.values();
  }

  /// It has something to say, at once or later.
  void offer(S type) {
    if (!queue.contains(type)) {
      queue.add(type);
    }
    drain();
  }

  /// It has nothing to say any more.
  void drop(S type) {
    queue.remove(type);
  }

  /// A new stream: whoever is wanted says so by himself.
  void startStream() {
    queue.clear();
    types.values().forEach(TypeSubscription::startStream);
  }

  void holdBack(String typeUrl, boolean hold) {
    if (hold) {
      heldBack.add(typeUrl);
    } else if (heldBack.remove(typeUrl)) {
      drain();
    }
  }

  private void drain() {
    if (streams.isOpen()) {
      for (var type : List.copyOf(queue)) {
        if (!heldBack.contains(type.typeUrl) && type.mayAsk()) {
          send.accept(type);
        }
      }
    }
  }

  /// The end of the conversation.
  void close() {
    types.values().forEach(TypeSubscription::close);
  }
}
