package dev.outrider.proxy.differential;

import com.google.gson.JsonParser;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// One listener of a running proxy with the service and the access log behind it. Runs cases one
/// after the other.
final class Lane implements Closeable {
  /// How long the end of a stream may take that the client has not ended.
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final RunningProxy proxy;
  private final String name;
  private final ScriptedService service;
  private final AccessLog log;
  private final GuestLog guestLog;
  private final boolean fenced;
  private final @Nullable TlsEnd tls;
  private final Certificates certificates;
  private int fences;

  Lane(
      RunningProxy proxy,
      String name,
      Scenario scenario,
      ScriptedService service,
      AccessLog log,
      Certificates certificates) {
    fenced = !scenario.tcp(); // a request of the harness leaves no line in a log of TCP
    tls = scenario.tls();
    this.certificates = certificates;
    this.proxy = proxy;
    this.name = name;
    this.service = service;
    this.log = log;
    guestLog = new GuestLog(proxy.guestLogs(), name);
  }

  Observation run(Case next) throws IOException {
    var seen = new Observation();
    var session = new Session(next, seen, new Events());
    service.begin(next, seen, session.events);
    try {
      if (next.guest() == null) {
        session.run();
      } else {
        runThroughGuest(session);
      }
      session.fates();
    } catch (Wire.Silence silence) {
      seen.put("problem", "the client: " + silence.getMessage());
    } finally {
      session.close();
      // the proxy sees the client's end before the service's
      log.await(session.expected(), PATIENCE);
      service.finish();
    }
    log.observe(
        session.expected(),
        seen,
        fenced && next.guest() == null ? this::fence : null,
        session.clients.size() > 1);
    if (!next.tally().isEmpty()) {
      seen.tally(next.tally());
    }
    return Normaliser.normalised(next.only().isEmpty() ? seen : seen.only(next.only()), name);
  }

  /// What it says of the harness's own requests is not looked at: they come before and after. What
  /// it says at the start it says once on each thread of the proxy, however many those are.
  private void runThroughGuest(Session session) throws IOException {
    var first = guestLog.take().stream().distinct().sorted().toList();
    session.seen.putIfAny("guest.start", String.join("\n", first));
    session.run();
    // what a guest says when a stream ends it has said when the line is in the log
    log.await(session.expected(), PATIENCE);
    session.seen.putIfAny("guest.log", String.join("\n", guestLog.take()));
  }

  /// A request that leaves a line in the log behind everything else. None on a listener that takes
  /// no more.
  private @Nullable String fence() throws IOException {
    var mark = Bootstraps.PROBE + "-fence-" + ++fences;
    try (var wire = Wire.connect(proxy.port(name))) {
      if (tls != null) {
        wire.secure(tls, certificates.context(tls));
      }
      wire.send("GET " + mark + " HTTP/1.1\r\nhost: " + Bootstraps.PROBE_HOST + "\r\n\r\n");
      var _ = new MessageReader(wire).response(false);
    } catch (ConnectException _) {
      return null;
    }
    return mark;
  }

  @Override
  public void close() throws IOException {
    service.close();
  }

  /// The client's side of one case.
  private final class Session implements Closeable {
    private final Case script;
    private final Observation seen;
    private final Events events;
    private final Map<String, ScriptedClient> clients = new LinkedHashMap<>();
    private @Nullable SSLContext context;

    Session(Case script, Observation seen, Events events) {
      this.script = script;
      this.seen = seen;
      this.events = events;
    }

    /// JSON is seen without its spaces.
    private void look(Step.Page page) throws IOException {
      var body = proxy.admin(page.method(), page.path());
      var shown =
          body.startsWith("{")
              ? JsonParser.parseString(body).toString()
              : body.lines()
                  .limit(page.lines() == 0 ? Long.MAX_VALUE : page.lines())
                  .collect(Collectors.joining("\n"));
      seen.put("page." + page.name(), shown);
    }

    void run() throws IOException {
      var client = client("");
      for (var step : script.client()) {
        switch (step) {
          case Step.On on ->
              client = client(on.connection().isEmpty() ? "" : on.connection() + ".");
          case Step.Emit emit -> events.emit(emit.event());
          case Step.Await await -> events.await(await.event());
          case Step.Admin admin -> proxy.admin("POST", admin.path());
          case Step.Page page -> look(page);
          case Step.Send send -> client.step(atOwnService(send));
          default -> client.step(step);
        }
      }
    }

    private Step.Send atOwnService(Step.Send send) {
      return new Step.Send(
          send.bytes().replace("{service}", Integer.toString(service.port())), send.eachByte());
    }

    /// Lines of the access log.
    int expected() {
      return script.logLines() >= 0
          ? script.logLines()
          : clients.values().stream().mapToInt(ScriptedClient::answers).sum();
    }

    void fates() {
      for (var each : clients.values()) {
        each.fate(script.fate());
      }
    }

    private ScriptedClient client(String prefix) throws IOException {
      var known = clients.get(prefix);
      if (known != null) {
        return known;
      }
      var wire = Wire.connect(proxy.port(name));
      if (script.tls() != null) {
        seen.put(prefix + "tls", wire.secure(script.tls(), context(script.tls())));
      }
      var opened =
          script.http2()
              ? new Http2Client(wire, prefix, seen, script.preface())
              : new Http1Client(wire, prefix, seen);
      clients.put(prefix, opened);
      return opened;
    }

    /// The one before where its session is to be resumed.
    private SSLContext context(TlsEnd end) {
      if (context == null || !end.resumes()) {
        context = certificates.context(end);
      }
      return context;
    }

    @Override
    public void close() throws IOException {
      for (var each : clients.values()) {
        each.close();
      }
    }
  }
}
