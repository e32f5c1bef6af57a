package dev.outrider.proxy.differential;

import dev.outrider.proxy.differential.Case.Fate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// One connection of a case's client, speaking whatever it is told to.
final class Http1Client implements ScriptedClient {
  private final Wire wire;
  private final String name;
  private final Observation seen;
  private final MessageReader reader;
  private int responses;
  private int heads;
  private boolean head;
  private boolean closeAnnounced;

  /// @param name prefix of its fields; empty for the first connection
  Http1Client(Wire wire, String name, Observation seen) {
    this.wire = wire;
    this.name = name;
    this.seen = seen;
    reader = new MessageReader(wire);
  }

  @Override
  public void step(Step step) throws IOException {
    switch (step) {
      case Step.Send send -> send(send);
      case Step.Read read -> read(read.what());
      case Step.ReadBytes bytes ->
          seen.add(name + "bytes", WireText.shown(wire.read(bytes.count())));
      case Step.HalfClose _ -> wire.endOutput();
      case Step.Close _ -> wire.close();
      case Step.Reset _ -> wire.reset();
      case Step.Emit _, Step.Await _, Step.On _, Step.Admin _, Step.Page _ ->
          throw new IllegalStateException("a step of the session: " + step);
      case Step.Frame _, Step.ReadStream _ ->
          throw new IllegalArgumentException("a step of an h2 client: " + step);
    }
  }

  private void send(Step.Send send) {
    head = send.bytes().startsWith("HEAD ");
    if (send.eachByte()) {
      send.bytes().chars().forEach(b -> wire.send("" + (char) b));
    } else {
      wire.send(send.bytes());
    }
  }

  private void read(Step.What what) {
    switch (what) {
      case RESPONSE -> readResponse();
      case HEAD -> heard(reader.head());
      case INFORMATIONAL -> seen.put(name + "informational", shown(reader.head()));
      case CLOSE -> {
        seen.putIfAny(name + "more", WireText.shown(wire.drain()));
        seen.put(name + "fate", "closed");
      }
      case END -> {
        seen.putIfAny(name + "more", WireText.shown(wire.drain()));
        seen.put(name + "fate", wire.end());
      }
      case REQUEST -> throw new IllegalArgumentException("a client reads no request");
    }
  }

  private void readResponse() {
    List<String> informational = new ArrayList<>();
    var message = reader.response(head);
    while (message.code() / 100 == 1 && message.code() != 101) {
      informational.add(shown(message));
      message = reader.response(head);
    }
    if (!informational.isEmpty()) {
      seen.put(prefix(responses + 1) + "informational", String.join("\n", informational));
    }
    heard(message);
  }

  private void heard(Message message) {
    responses++;
    heads += message.lines().isEmpty() ? 0 : 1;
    closeAnnounced = message.header("connection").equals("close");
    seen.response(prefix(responses), message);
  }

  private String prefix(int response) {
    return name + (response == 1 ? "" : response + ".");
  }

  private static String shown(Message message) {
    return WireText.shown(String.join(", ", message.lines()));
  }

  @Override
  public int answers() {
    return heads;
  }

  /// Looks whether the connection lives.
  @Override
  public void fate(Fate how) {
    if (how == Fate.NONE || !seen.get(name + "fate").isEmpty()) {
      return;
    }
    if (wire.ended() || closeAnnounced || how == Fate.WAIT) {
      seen.putIfAny(name + "more", WireText.shown(wire.drain()));
      seen.put(name + "fate", "closed");
      return;
    }
    wire.send(
        "GET " + Bootstraps.PROBE + " HTTP/1.1\r\nhost: " + Bootstraps.PROBE_HOST + "\r\n\r\n");
    var answer = reader.response(false);
    if (answer.lines().isEmpty()) {
      seen.put(name + "fate", "closed");
    } else {
      var kept = answer.first().equals("HTTP/1.1 200 OK") && answer.body().equals("probed");
      seen.put(name + "fate", kept ? "kept" : "kept, then: " + WireText.shown(answer.first()));
    }
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
