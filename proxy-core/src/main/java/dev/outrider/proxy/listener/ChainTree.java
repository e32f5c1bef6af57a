package dev.outrider.proxy.listener;

import dev.outrider.proxy.stream.ConnectionInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Finds the filter chain of a connection as Envoy does: one criterion after the other, each time
/// the most specific value that any chain left has, and never back. A chain that would fit in all
/// is not found if another one was more specific in an earlier criterion and fails in a later one.
///
/// Immutable; any thread.
public final class ChainTree<T> {
  private final ChainNode<T> root;

  private ChainTree(ChainNode<T> root) {
    this.root = root;
  }

  /// Builds the tree; of chains that ask for the same, the first one is found.
  ///
  /// @param overlap told of every two chains that ask for the same
  public static <T> ChainTree<T> of(List<Entry<T>> entries, BiConsumer<T, T> overlap) {
    return new ChainTree<>(
        entries.isEmpty()
            ? new ChainNode.None<>()
            : new Builder<T>(overlap).destinationPort(entries));
  }

  /// Null if there is no chain for it.
  public @Nullable T find(ConnectionInfo connection) {
    return root.find(connection);
  }

  /// A chain and what it is for.
  public record Entry<T>(ChainMatch match, T chain) {}

  /// Builds the levels from the first criterion to the last.
  private record Builder<T>(BiConsumer<T, T> overlap) {

    ChainNode<T> destinationPort(List<Entry<T>> entries) {
      return keyed(
          one(entries, match -> match.destinationPort() == 0 ? null : match.destinationPort()),
          this::destinations,
          (byPort, any) -> new ChainNode.DestinationPort<>(byPort, any));
    }

    private ChainNode<T> destinations(List<Entry<T>> entries) {
      return keyed(
          many(entries, ChainMatch::destinations),
          this::serverNames,
          (byRange, any) -> ChainNode.Ranges.of(byRange, any, ConnectionInfo::local));
    }

    private ChainNode<T> serverNames(List<Entry<T>> entries) {
      return keyed(
          many(entries, ChainMatch::serverNames),
          this::transport,
          (byName, any) -> new ChainNode.ServerName<>(byName, any));
    }

    private ChainNode<T> transport(List<Entry<T>> entries) {
      return keyed(
          one(
              entries,
              match -> match.transportProtocol().isEmpty() ? null : match.transportProtocol()),
          this::application,
          (byName, any) -> new ChainNode.Transport<>(byName, any));
    }

    private ChainNode<T> application(List<Entry<T>> entries) {
      return keyed(
          many(entries, ChainMatch::applicationProtocols),
          this::directSources,
          (byName, any) -> new ChainNode.Application<>(byName, any));
    }

    private ChainNode<T> directSources(List<Entry<T>> entries) {
      return keyed(
          many(entries, ChainMatch::directSources),
          this::sourceType,
          (byRange, any) -> ChainNode.Ranges.of(byRange, any, ConnectionInfo::directRemote));
    }

    private ChainNode<T> sourceType(List<Entry<T>> entries) {
      return keyed(
          one(
              entries,
              match -> match.sourceType() == ChainMatch.SourceType.ANY ? null : match.sourceType()),
          this::sources,
          (byType, any) -> new ChainNode.Source<>(byType, any));
    }

    private ChainNode<T> sources(List<Entry<T>> entries) {
      return keyed(
          many(entries, ChainMatch::sources),
          this::sourcePorts,
          (byRange, any) -> ChainNode.Ranges.of(byRange, any, ConnectionInfo::remote));
    }

    private ChainNode<T> sourcePorts(List<Entry<T>> entries) {
      return keyed(
          many(entries, ChainMatch::sourcePorts),
          this::leaf,
          (byPort, any) -> new ChainNode.SourcePort<>(byPort, any));
    }

    private ChainNode<T> leaf(List<Entry<T>> entries) {
      var first = entries.getFirst().chain();
      for (var other : entries.subList(1, entries.size())) {
        overlap.accept(first, other.chain());
      }
      return new ChainNode.Leaf<>(first);
    }

    /// A level; none at all if no chain asks for anything here.
    private <K> ChainNode<T> keyed(
        List<Keyed<K, T>> entries, Function<List<Entry<T>>, ChainNode<T>> next, Level<K, T> level) {
      var any = new ArrayList<Entry<T>>();
      var byKey = new LinkedHashMap<K, List<Entry<T>>>();
      for (var entry : entries) {
        var key = entry.key;
        (key == null ? any : byKey.computeIfAbsent(key, _ -> new ArrayList<>())).add(entry.entry);
      }
      var rest = any.isEmpty() ? new ChainNode.None<T>() : next.apply(any);
      if (byKey.isEmpty()) {
        return rest;
      }
      var children = new LinkedHashMap<K, ChainNode<T>>();
      byKey.forEach((key, group) -> children.put(key, next.apply(group)));
      return level.of(children, rest);
    }

    private static <K, T> List<Keyed<K, T>> one(
        List<Entry<T>> entries, Function<ChainMatch, @Nullable K> key) {
      return entries.stream().map(entry -> new Keyed<>(key.apply(entry.match()), entry)).toList();
    }

    private static <K, T> List<Keyed<K, T>> many(
        List<Entry<T>> entries, Function<ChainMatch, List<K>> keys) {
      var keyed = new ArrayList<Keyed<K, T>>();
      for (var entry : entries) {
        var own = keys.apply(entry.match());
        if (own.isEmpty()) {
          keyed.add(new Keyed<>(null, entry));
        }
        own.forEach(key -> keyed.add(new Keyed<>(key, entry)));
      }
      return keyed;
    }
  }

  /// @param key null if the chain asks for nothing here
  private record Keyed<K, T>(@Nullable K key, Entry<T> entry) {}

  private interface Level<K, T> {
    ChainNode<T> of(Map<K, ChainNode<T>> children, ChainNode<T> any);
  }
}
