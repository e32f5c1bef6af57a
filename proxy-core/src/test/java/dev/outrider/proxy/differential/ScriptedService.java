package dev.outrider.proxy.differential;

import dev.outrider.proxy.differential.Case.Script;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The service behind one lane of a proxy: each connection runs its script, on a thread of its own.
/// Between cases every connection is ended and the proxy's end awaited, so that no case finds a
/// connection that another has left in a pool.
final class ScriptedService implements Closeable {
  private final ServerSocket server;
  private final Certificates certificates;
  private final List<Served> connections = new ArrayList<>();
  private List<Script> scripts = List.of();
  private Observation seen = new Observation();
  private Events events = new Events();
  private @Nullable TlsEnd tls;
  private int requests;

  private record Served(Run run, Thread thread) {}

  ScriptedService(Certificates certificates) {
    this.certificates = certificates;
    try {
      server = new ServerSocket(0, 200); // any of 127.0.0.0/8 is an endpoint of its own
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  synchronized void begin(Case next, Observation observation, Events told) {
    scripts = next.upstream();
    tls = next.serviceTls();
    seen = observation;
    events = told;
    requests = 0;
  }

  /// Ends what is left of the case's connections. The client's are closed already.
  void finish() {
    List<Served> left;
    synchronized (this) {
      left = List.copyOf(connections);
      connections.clear();
    }
    seen.put("upstream.connections", Integer.toString(left.size()));
    for (var served : left) {
      if (!served.run.awaitsEnd) {
        served.run.wire.endOutput();
      }
    }
    for (var served : left) {
      try {
        if (!served.thread.join(Wire.DEADLINE)) {
          seen.put("problem", "the proxy did not close an upstream connection");
        }
        served.run.wire.close();
      } catch (InterruptedException | IOException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        serve(server.accept());
      } catch (IOException _) {
        return;
      }
    }
  }

  private synchronized void serve(Socket socket) throws IOException {
    var wire = new Wire(socket);
    socket.setSoTimeout((int) TimeUnit.MINUTES.toMillis(2));
    if (scripts.isEmpty()) { // no case has begun: the proxy asks on its own account
      Thread.ofVirtual()
          .start(new Run(wire, null, ScriptReader.PLAIN, new Observation(), new Events()));
      return;
    }
    var script = scripts.get(Math.min(connections.size(), scripts.size() - 1));
    var run = new Run(wire, tls, script, seen, events);
    connections.add(new Served(run, Thread.ofVirtual().start(run)));
  }

  private synchronized String prefix() {
    requests++;
    return requests == 1 ? "upstream." : "upstream." + requests + ".";
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  /// One connection of one case.
  private final class Run implements Runnable {
    private final Wire wire;
    private final @Nullable TlsEnd tls;
    private final Script script;
    private final Observation seen;
    private final Events events;
    private final MessageReader reader;
    private String prefix = "upstream.";

    /// The proxy has ended its direction, as the script expected: the other may go on.
    private boolean readToEnd;

    /// The proxy has begun to speak, and the script waits, sooner or later, for it to end the
    /// connection: nothing may be done to hasten it.
    private volatile boolean awaitsEnd;

    Run(Wire wire, @Nullable TlsEnd tls, Script script, Observation seen, Events events) {
      this.wire = wire;
      this.tls = tls;
      this.script = script;
      this.seen = seen;
      this.events = events;
      reader = new MessageReader(wire);
    }

    @Override
    public void run() {
      try {
        if (tls != null) {
          seen.put(prefix + "tls", wire.secure(tls, certificates.context(tls)));
        }
        if (script.http2()) {
          runHttp2();
          return;
        }
        do {
          for (var step : script.steps()) {
            step(step);
            begun();
          }
        } while (script.loop() && !wire.ended());
        seen.putIfAny(prefix + "more", WireText.shown(wire.drain()));
      } catch (Wire.Silence silence) {
        seen.put("problem", "the service: " + silence.getMessage());
      }
    }

    private void runHttp2() {
      try (var peer = Http2Client.service(wire, prefix(), seen)) {
        for (var step : script.steps()) {
          switch (step) {
            case Step.Emit emit -> events.emit(emit.event());
            case Step.Await await -> events.await(await.event());
            default -> peer.step(step);
          }
          begun();
        }
        peer.drain();
      } catch (IOException _) {
        // ended is ended
      }
    }

    private void begun() {
      awaitsEnd = !wire.ended() && script.steps().contains(new Step.Read(Step.What.CLOSE));
    }

    private void step(Step step) {
      if (wire.ended()
          && !readToEnd
          && !(step instanceof Step.Emit || step instanceof Step.Close)) {
        return;
      }
      switch (step) {
        case Step.Read read -> read(read.what());
        case Step.ReadBytes bytes ->
            seen.add(prefix + "bytes", WireText.shown(wire.read(bytes.count())));
        case Step.Send send -> send(send);
        case Step.HalfClose _ -> wire.endOutput();
        case Step.Close _ -> end(false);
        case Step.Reset _ -> end(true);
        case Step.Emit emit -> events.emit(emit.event());
        case Step.Await await -> events.await(await.event());
        case Step.On _, Step.Admin _, Step.Page _, Step.Frame _, Step.ReadStream _ ->
            throw new IllegalArgumentException("not a step of a service: " + step);
      }
    }

    private void read(Step.What what) {
      if (what == Step.What.CLOSE) {
        seen.putIfAny(prefix + "more", WireText.shown(wire.drain()));
        seen.put(prefix + "fate", "ended by the proxy");
        return;
      }
      if (what == Step.What.END) {
        seen.putIfAny(prefix + "more", WireText.shown(wire.drain()));
        seen.put(prefix + "fate", wire.end());
        readToEnd = true;
        return;
      }
      var message = what == Step.What.HEAD ? reader.head() : reader.request();
      if (!message.lines().isEmpty()) {
        prefix = prefix();
        seen.request(prefix, message);
      }
    }

    private void send(Step.Send send) {
      if (send.eachByte()) {
        send.bytes().chars().forEach(b -> wire.send("" + (char) b));
      } else {
        wire.send(send.bytes());
      }
    }

    private void end(boolean reset) {
      try {
        if (reset) {
          wire.reset();
        } else {
          wire.close();
        }
      } catch (IOException _) {
        // ended is ended
      }
    }
  }
}
