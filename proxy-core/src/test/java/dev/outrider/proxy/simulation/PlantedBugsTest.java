package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import dev.outrider.proxy.simulation.PlantedBug.Edit;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/// The simulation is worth something only if it finds bugs: each of these is planted into the
/// compiled proxy, one at a time, and must be found within a few seeds, by the right name.
class PlantedBugsTest {
  private static final int SEEDS = 100;
  private static final String STUCK =
      "waits for nothing|is read from when nobody holds|a plain request after it all";
  private static final Logger LOG = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

  @BeforeAll
  static void doNotReportWhatIsMeantToHappen() {
    LOG.iteratorForAppenders().forEachRemaining(appender -> appender.stop());
  }

  @AfterAll
  static void reportAgain() {
    LOG.iteratorForAppenders().forEachRemaining(appender -> appender.start());
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void isFound(PlantedBug bug) {
    var classes = new PlantedClasses(bug);
    var simulation = classes.make(SimulatedSeed.class);

    assertThat(found(bug, simulation)).as("found by its own name").isTrue();
    assertThat(classes.planted()).isTrue();
  }

  /// One mistake has many consequences, and another may show first in some seeds.
  private static boolean found(PlantedBug bug, LongConsumer simulation) {
    var name = Pattern.compile(bug.says());
    for (var seed = 0; seed < SEEDS; seed++) {
      try {
        simulation.accept(seed);
      } catch (AssertionError said) {
        if (name.matcher(String.valueOf(said.getMessage())).find()) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void findsNothingInTheSameSeedsWithoutABug() {
    var simulation = new PlantedClasses(null).make(SimulatedSeed.class);

    LongStream.range(0, SEEDS).forEach(simulation);
  }

  static List<PlantedBug> bugs() {
    return List.of(
        bug(
            "a chunk that nobody will read is not released",
            "http.BodyBuffer.close",
            new Edit.Skip("ByteBuf", "release"),
            "bytes in buffers"),
        bug(
            "a head that was held goes on twice",
            "filter.FilterPass.release",
            new Edit.Twice("FilterPass", "letHeadGo"),
            "request|head"),
        bug(
            "a filter that held a body keeps it for itself",
            "filter.FilterPass.release",
            new Edit.Skip("Slot", "drainTo"),
            "body of"),
        bug(
            "the last chunk of what was kept does not move on",
            "filter.Slot.moveBodyTo",
            new Edit.SkipOne("Slot", "take", 1, 2),
            "body of request"),
        bug(
            "a request keeps its place in the circuit breaker",
            "upstream.UpstreamStream.finish",
            new Edit.SkipOne("Permit", "release", 1, 2),
            "a permit was taken twice"),
        bug(
            "a connection is used again before its request has ended",
            "upstream.Http1ResponseReader.receiver",
            new Edit.Answer("UpstreamStream", "requestEnded", true),
            "the size of a chunk|body of request"),
        bug(
            "a stream that is broken off is never ended",
            "downstream.HttpStream.stopAndEnd",
            new Edit.Skip("Turn", "post"),
            "a filter was not told of the end"),
        bug(
            "a stream that ends is not logged",
            "downstream.StreamLogs.write",
            new Edit.Skip("AccessLogger", "log"),
            "one log line per stream"),
        bug(
            "what a filter held back is not let go",
            "filter.FilterPass.pushBackNoMore",
            new Edit.Skip("FlowControl", "release"),
            STUCK),
        bug(
            "the timers of a stream go on after it",
            "downstream.HttpStream.conclude",
            new Edit.Skip("StreamTimeouts", "stop"),
            "armed timers"),
        bug(
            "a response that was held is not resumed",
            "upstream.Http1UpstreamConnection.releaseResponse",
            new Edit.Skip("Turn", "post"),
            STUCK),
        bug(
            "reading goes on although nobody takes the bytes",
            "downstream.Http1RequestReader.read",
            new Edit.Skip("Http1RequestReader", "stopReading"),
            "bytes held of one"),
        bug(
            "a connection keeps its permit after its end",
            "upstream.UpstreamConnection.destroy",
            new Edit.Skip("Permit", "release"),
            "connection permits"),
        bug(
            "a HEAD request is not remembered as one",
            "upstream.Http1UpstreamConnection.onHead",
            new Edit.Skip("Http1ResponseReader", "expect"),
            STUCK),
        bug(
            "the cluster counts a request that is over",
            "upstream.UpstreamStream.finish",
            new Edit.Skip("EndpointPool", "streamEnded"),
            "upstream_rq_active"),
        bug(
            "an interim response is taken for a head that lasts",
            "upstream.Http1ResponseReader.onInformational",
            new Edit.Skip("HeaderMap", "release"),
            "heads in use"),
        bug(
            "a retired chain keeps its filters",
            "downstream.ServedChain.closed",
            new Edit.Skip("ServedChain", "releaseIfUnused"),
            "filter factories in use"),
        bug(
            "a tunnel that ends is still counted",
            "downstream.StreamTunnel.end",
            new Edit.Skip("ChainCounts", "tunnelEnded"),
            "downstream_cx_upgrades_active"),
        bug(
            "a tunnel is opened like an ordinary response",
            "downstream.Http1DownstreamConnection.onHead",
            new Edit.Answer("StreamTunnel", "opens", false),
            "bytes of tunnel"),
        bug(
            "the end of a tunnel's request is not passed on",
            "upstream.Http1UpstreamConnection.onBody",
            new Edit.Skip("Http1UpstreamConnection", "endOutput"),
            STUCK),
        bug(
            "a TCP client is read from although its service takes nothing",
            "network.tcp_proxy.TcpProxy.onUpstreamWritable",
            new Edit.Skip("NetworkHandle", "hold"),
            "bytes held of one SimTcpClient"),
        bug(
            "a TCP service is read from although its client takes nothing",
            "network.tcp_proxy.TcpProxy.onWritable",
            new Edit.Skip("TcpUpstream", "hold"),
            "bytes held of one SimUpstream"),
        bug(
            "a TCP client that has said everything is not known to have",
            "network.tcp_proxy.TcpProxy.forward",
            new Edit.SkipOne("TcpUpstream", "write", 0, 2),
            STUCK),
        bug(
            "a TCP service is not told that its client has left",
            "network.tcp_proxy.TcpProxy.leave",
            new Edit.SkipOne("TcpProxy", "flush", 0, 2),
            "connection permits|has not heard everything"),
        bug(
            "a TCP connection that ends is not logged",
            "network.tcp_proxy.TcpProxy.onClose",
            new Edit.Skip("TcpProxy", "log"),
            "one log line per tunnel"),
        bug(
            "a TCP connection keeps its permit after its end",
            "upstream.TcpUpstream.destroy",
            new Edit.Skip("Permit", "release"),
            "connection permits"),
        bug(
            "a TCP connection is still counted as a request",
            "upstream.TcpUpstream.destroy",
            new Edit.Skip("ConnectionCounts", "streamEnded"),
            "upstream_rq_active"));
  }

  /// @param place class and method, below `dev.outrider.proxy`
  private static PlantedBug bug(String what, String place, Edit edit, String says) {
    var dot = place.lastIndexOf('.');
    return new PlantedBug(what, place.substring(0, dot), place.substring(dot + 1), edit, says);
  }
}
