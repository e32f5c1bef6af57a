package dev.outrider.proxy.conversation;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsMethod;
import dev.outrider.proxy.xds.stream.AdsTransport;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A control plane that takes turns with its proxy, so that the order of what it hears does not
/// depend on who is faster: it says one thing, listens until the proxy has answered that and fallen
/// silent, and only then says the next. What is heard in a turn is noted under `step/KIND`, KIND
/// being what was said (`stream` = a stream began), with a number if it was said before in the
/// step.
///
/// A turn without an answer ends after a longer silence: Envoy answers some responses only when
/// another has come. Played by the thread that calls [#play].
final class ScriptedPlane implements AutoCloseable {
  private static final Duration SILENCE = Duration.ofMillis(200);
  private static final Duration LONG_SILENCE = Duration.ofMillis(1_500);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Protocol protocol;
  private final Server server;
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();

  private final World world = new World();
  private final Map<String, List<String>> turns = new LinkedHashMap<>();
  private final Set<ResourceKind> due = new LinkedHashSet<>();
  private final Map<String, ResourceKind> unanswered = new LinkedHashMap<>();
  private final Set<ResourceKind> answered = EnumSet.noneOf(ResourceKind.class);
  private final Set<ResourceKind> heardOf = EnumSet.noneOf(ResourceKind.class);
  private final Map<String, Integer> counts = new HashMap<>();
  private @Nullable Stream stream;
  private List<String> turn = new ArrayList<>();
  private String lastNonce = "";
  private String step = "";

  private record Stream(Talk talk, StreamObserver<byte[]> responses) {}

  /// @param request null = the stream began
  private record Event(Stream stream, @Nullable ByteString request) {}

  ScriptedPlane(Protocol protocol) throws IOException {
    this.protocol = protocol;
    var service =
        ServerServiceDefinition.builder(AdsTransport.Service.AGGREGATED.fullName())
            .addMethod(
                AdsMethod.of(AdsTransport.Service.AGGREGATED, protocol),
                ServerCalls.asyncBidiStreamingCall(this::open))
            .build();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(service)
            .build()
            .start();
  }

  int port() {
    return server.getPort();
  }

  private StreamObserver<byte[]> open(StreamObserver<byte[]> responses) {
    var opened =
        new Stream(
            switch (protocol) {
              case STATE_OF_THE_WORLD -> new SotwTalk();
              case DELTA -> new DeltaTalk();
            },
            responses);
    events.add(new Event(opened, null));
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] request) {
        events.add(new Event(opened, ByteString.copyFrom(request)));
      }

      @Override
      public void onError(Throwable ended) {}

      @Override
      public void onCompleted() {
        responses.onCompleted();
      }
    };
  }

  /// Plays a script to the end.
  ///
  /// @return what was heard in each turn, a line for each message
  Map<String, String> play(Script script) throws InterruptedException, IOException {
    for (var next : script.steps()) {
      begin(next);
      listen(next);
    }
    var heard = new LinkedHashMap<String, String>();
    turns.forEach((name, lines) -> heard.put(name, String.join("\n", lines)));
    return heard;
  }

  private void begin(Script.Step next) {
    step = next.name();
    counts.clear();
    answered.clear();
    heardOf.clear();
    due.clear();
    if (next.again() && stream != null) {
      stream.responses.onCompleted();
      stream = null;
      unanswered.clear();
    }
    var changed = EnumSet.noneOf(ResourceKind.class);
    for (var put : next.put()) {
      world.put(put.kind(), put.name(), step, put.resource());
      changed.add(put.kind());
    }
    for (var gone : next.remove()) {
      var kind = ResourceKind.valueOf(gone.substring(0, gone.indexOf('/')));
      world.remove(kind, gone.substring(gone.indexOf('/') + 1), step);
      changed.add(kind);
    }
    var open = stream;
    if (open != null) {
      changed.stream().filter(open.talk::follows).forEach(due::add);
    }
  }

  private void listen(Script.Step next) throws InterruptedException, IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      var event = events.poll(silence().toMillis(), TimeUnit.MILLISECONDS);
      if (event != null) {
        hear(event);
      } else if (!due.isEmpty()) {
        say(due.iterator().next());
      } else if (isOver(next)) {
        return;
      } else if (System.nanoTime() > end) {
        note(
            "no answer to "
                + unanswered.keySet()
                + ", answered "
                + answered
                + ", heard of "
                + heardOf);
        return;
      }
    }
  }

  private boolean isOver(Script.Step played) {
    return stream != null
        && unanswered.isEmpty()
        && answered.containsAll(played.until())
        && heardOf.containsAll(played.hears());
  }

  private Duration silence() {
    return due.isEmpty() || !unanswered.containsKey(lastNonce) ? SILENCE : LONG_SILENCE;
  }

  private void hear(Event event) throws InvalidProtocolBufferException {
    var request = event.request;
    if (request == null) {
      stream = event.stream;
      startTurn("stream");
    } else if (event.stream.equals(stream)) {
      var heard = event.stream.talk.hear(request.toByteArray());
      note(heard.line());
      heardOf.add(heard.kind());
      if (unanswered.remove(heard.nonce()) != null) {
        answered.add(heard.kind());
      }
      if (heard.asks()) {
        due.add(heard.kind());
      }
    }
  }

  private void say(ResourceKind kind) {
    due.remove(kind);
    var open = stream;
    if (open == null) {
      return;
    }
    var nonce = numbered(step + "/" + kind);
    var response = open.talk.say(kind, world, nonce);
    if (response != null) {
      startTurn(kind.name());
      lastNonce = nonce;
      if (protocol == Protocol.STATE_OF_THE_WORLD) {
        unanswered.values().remove(kind); // overtaken: nobody need answer it any more
      }
      unanswered.put(nonce, kind);
      open.responses.onNext(response);
    }
  }

  private String numbered(String name) {
    int count = counts.merge(name, 1, Integer::sum);
    return count == 1 ? name : name + "#" + count;
  }

  private void startTurn(String said) {
    var name = step + "/" + said;
    turn = new ArrayList<>();
    for (int i = 2; turns.containsKey(name); i++) {
      name = step + "/" + said + "#" + i;
    }
    turns.put(name, turn);
  }

  private void note(String line) {
    turn.add(line);
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
