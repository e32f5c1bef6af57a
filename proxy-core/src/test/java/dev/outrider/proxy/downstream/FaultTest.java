package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.filter.BodyStatus;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Somebody goes away, stops reading or falls silent at any byte of an exchange. Whatever happens,
/// each stream ends with one line in the log, and nothing is left: no buffer, no head, no filter,
/// no permit, no gauge above zero.
class FaultTest {
  private static final String GET = "GET /a HTTP/1.1\nhost: h\n\n";
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";

  private static final List<String> REQUESTS =
      List.of(
          GET,
          "HEAD /a HTTP/1.1\nhost: h\n\n",
          GET + GET,
          "POST /a HTTP/1.1\nhost: h\ncontent-length: 5\n\nhello",
          "POST /a HTTP/1.1\nhost: h\nexpect: 100-continue\ncontent-length: 2\n\nhi",
          "POST /a HTTP/1.1\nhost: h\ntransfer-encoding: chunked\n\n3\nabc\n2\nde\n0\nx-t: 1\n\n",
          "GET /a HTTP/1.1\nhost: h\nconnection: close\n\n",
          "POST /a HTTP/1.1\nhost: h\ntransfer-encoding: chunked\n\n3\nabc\nzz\n");

  private static final List<String> RESPONSES =
      List.of(
          OK,
          "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n3\nabc\n2\nde\n0\nx-t: 1\n\n",
          "HTTP/1.1 200 OK\n\nuntil the end",
          "HTTP/1.1 103 Early Hints\nlink: a\n\n" + OK,
          "HTTP/1.1 204 No Content\n\n",
          "HTTP/1.1 200 OK\nconnection: close\ncontent-length: 2\n\nok",
          "HTTP/1.1 200 OK\ncontent-length: 2\n\nokHTTP/1.1 200 OK\n",
          "HTTP/1.1 200 OK\ncontent-length: 2\ncontent-length: 3\n\nok",
          "garbage\n\n");

  /// What happens at the chosen byte.
  private enum Fault {
    CLIENT_LEAVES(1),
    UPSTREAM_LEAVES(1),
    BOTH_LEAVE(7),
    CLIENT_STOPS_READING(7),
    UPSTREAM_STOPS_READING(7),
    SILENCE(7);

    /// How many bytes further the next run is hit: those that read bytes differently at each place
    /// are tried at each.
    private final int step;

    Fault(int step) {
      this.step = step;
    }
  }

  /// @param buffered whether a filter keeps both messages until they are complete
  record Scenario(String request, String response, Fault fault, boolean buffered) {}

  static Stream<Scenario> scenarios() {
    var all = new ArrayList<Scenario>();
    for (var fault : Fault.values()) {
      for (var buffered : List.of(false, true)) {
        for (var request : REQUESTS) {
          all.add(new Scenario(request, OK, fault, buffered));
        }
        for (var response : RESPONSES) {
          all.add(new Scenario(REQUESTS.get(3), response, fault, buffered));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void nothingIsLeftWhereverItHappensInTheRequest(Scenario scenario) {
    for (var cut = 0; cut <= scenario.request.length(); cut += scenario.fault.step) {
      var run = new Run(scenario, cut);
      run.ask(scenario.request.substring(0, cut));
      run.strike();
      run.ask(scenario.request.substring(cut));
      run.respond(scenario.response);
      run.check();
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void nothingIsLeftWhereverItHappensInTheResponse(Scenario scenario) {
    for (var cut = 0; cut <= scenario.response.length(); cut += scenario.fault.step) {
      var run = new Run(scenario, cut);
      run.ask(scenario.request);
      run.respond(scenario.response.substring(0, cut));
      run.strike();
      run.respond(scenario.response.substring(cut));
      run.check();
    }
  }

  /// One exchange, hit once.
  private static final class Run {
    private final MemoryProxy proxy = new MemoryProxy();
    private final Scenario scenario;
    private final int cut;
    private final MemoryProxy.Peer client;

    private Run(Scenario scenario, int cut) {
      this.scenario = scenario;
      this.cut = cut;
      if (scenario.buffered) {
        proxy.filter(_ -> new Keeper()).configured();
      }
      this.client = proxy.client();
    }

    private void ask(String text) {
      if (client.open()) {
        client.send(text);
      }
    }

    private void respond(String text) {
      if (!proxy.upstreams.isEmpty() && proxy.upstream().open()) {
        proxy.upstream().send(text);
      }
    }

    private void strike() {
      switch (scenario.fault) {
        case CLIENT_LEAVES -> client.close();
        case UPSTREAM_LEAVES -> upstreamLeaves();
        case BOTH_LEAVE -> {
          upstreamLeaves();
          client.close();
        }
        case CLIENT_STOPS_READING -> client.writable(false);
        case UPSTREAM_STOPS_READING -> {
          if (!proxy.upstreams.isEmpty() && proxy.upstream().open()) {
            proxy.upstream().writable(false);
          }
        }
        case SILENCE -> proxy.advance(400_000); // longer than any timeout
      }
    }

    private void upstreamLeaves() {
      if (!proxy.upstreams.isEmpty()) {
        proxy.upstream().close();
      }
    }

    private void check() {
      proxy.advance(400_000);
      client.close();
      proxy.advance(5_000);

      var when = scenario + " at byte " + cut + ": " + proxy.log;
      assertThat(proxy.log).as(when).hasSize((int) proxy.stat("http.test.downstream_rq_total"));
      assertThat(proxy.stat("http.test.downstream_cx_active")).as(when).isZero();
      assertThat(proxy.stat("http.test.downstream_rq_active")).as(when).isZero();
      assertThat(proxy.stat("cluster.svc.upstream_rq_active")).as(when).isZero();
      assertThat(proxy.stat("cluster.svc.upstream_rq_pending_active")).as(when).isZero();
      assertThat(proxy.stat("http.test.downstream_rq_internal_error")).as(when).isZero();
      proxy.close();
      assertThat(proxy.stat("cluster.svc.upstream_cx_active")).as(when).isZero();
      assertThat(proxy.permits()).as(when).isZero();
      assertThat(proxy.heads.outstanding()).as(when).isZero();
      assertThat(proxy.filters.size()).as(when).isZero();
    }
  }

  /// Keeps each message until it is complete.
  private static final class Keeper implements HttpFilter {
    @Override
    public HeadStatus onRequestHead(HeaderMap head, boolean end) {
      return end ? HeadStatus.CONTINUE : HeadStatus.HOLD_HEAD;
    }

    @Override
    public BodyStatus onRequestBody(BodyBuffer body, boolean end) {
      return end ? BodyStatus.CONTINUE : BodyStatus.HOLD_AND_SHOW_ALL;
    }

    @Override
    public HeadStatus onResponseHead(HeaderMap head, boolean end) {
      return end ? HeadStatus.CONTINUE : HeadStatus.HOLD_HEAD;
    }

    @Override
    public BodyStatus onResponseBody(BodyBuffer body, boolean end) {
      return end ? BodyStatus.CONTINUE : BodyStatus.HOLD_AND_SHOW_NEW;
    }
  }
}
