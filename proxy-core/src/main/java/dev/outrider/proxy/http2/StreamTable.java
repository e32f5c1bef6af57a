package dev.outrider.proxy.http2;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The streams of one connection by their ids: those that there are, those that there may be, and
/// what is remembered of those that there were (RFC 9113 5.1.1).
final class StreamTable {
  private final boolean client;
  private final Http2StreamPool pool;
  private final StreamMap streams = new StreamMap();
  private final RecentResets resets = new RecentResets();
  private final ArrayDeque<Http2Stream> finished = new ArrayDeque<>(4);

  /// The highest id that the peer has used.
  private int lastPeerId;

  private int nextId;

  StreamTable(boolean client, Http2StreamPool pool) {
    this.client = client;
    this.pool = pool;
    this.nextId = client ? 1 : 2;
  }

  int size() {
    return streams.size();
  }

  Http2Stream[] all() {
    return streams.all();
  }

  @Nullable Http2Stream find(int id) {
    return streams.find(id);
  }

  // ---- ids

  int lastPeerId() {
    return lastPeerId;
  }

  /// The peer has used that id.
  void used(int id) {
    lastPeerId = id;
  }

  /// There are no more ids for streams of ours.
  boolean usedUp() {
    return nextId < 0;
  }

  /// For a stream of ours.
  int nextId() {
    var id = nextId;
    nextId += 2;
    return id;
  }

  /// Whether no stream of that id has ever been.
  boolean idle(int id) {
    return peers(id) ? id > lastPeerId : id >= nextId;
  }

  /// Whether a request may begin with that id.
  boolean opens(int id) {
    return !client && peers(id) && id > lastPeerId;
  }

  private boolean peers(int id) {
    return (id & 1) == (client ? 0 : 1);
  }

  // ---- streams

  /// Not started yet.
  Http2Stream take() {
    return pool.take();
  }

  void add(Http2Stream stream) {
    streams.add(stream);
  }

  void remove(Http2Stream stream) {
    streams.remove(stream.id());
  }

  void rememberReset(int id) {
    resets.add(id);
  }

  boolean recentlyReset(int id) {
    return resets.contains(id);
  }

  /// Nobody needs the stream any more, but for who may be on the stack.
  void retire(Http2Stream stream) {
    finished.add(stream);
  }

  /// Nobody is on the stack who could still hold a stream that was retired.
  void recycle() {
    for (var stream = finished.poll(); stream != null; stream = finished.poll()) {
      stream.forget();
      pool.giveBack(stream);
    }
  }
}
