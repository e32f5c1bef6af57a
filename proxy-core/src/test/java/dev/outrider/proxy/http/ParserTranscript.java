package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Feeds bytes to a parser, whole and in every split, and writes down what it reports: heads as
/// their lines, bodies as one text, errors by name. Fails if the transcript depends on the split or
/// if a head is not given back.
final class ParserTranscript implements Http1Events {
  private static final Http1Limits DEFAULT = Http1Limits.REQUEST;

  private final HeadStores stores = new HeadStores();
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder body = new StringBuilder();
  private final Http1Parser.Role role;
  private final Http1Parser parser;

  private ParserTranscript(Http1Parser.Role role, Http1Limits limits) {
    this.role = role;
    this.parser = new Http1Parser(role, "http", limits, stores, this);
  }

  static String ofRequests(String bytes) {
    return ofRequests(bytes, DEFAULT);
  }

  static String ofRequests(String bytes, Http1Limits limits) {
    return inEverySplit(Http1Parser.Role.REQUESTS, bytes, limits, false, false);
  }

  /// In one split only.
  static String ofRequestsOnce(String text, int split) {
    var bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    var at = Math.min(split, bytes.length);
    var parts = List.of(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at, bytes.length));
    return run(Http1Parser.Role.REQUESTS, DEFAULT, false, false, Tunnel.NONE, parts);
  }

  /// In these parts only.
  static String ofRequestsSplitAt(String text, int... cuts) {
    return run(Http1Parser.Role.REQUESTS, DEFAULT, false, false, Tunnel.NONE, parts(text, cuts));
  }

  /// One response in these parts, then the end of the connection.
  static String ofResponseSplitAt(String text, boolean toHead, int... cuts) {
    var limits = Http1Limits.RESPONSE;
    return run(Http1Parser.Role.RESPONSES, limits, toHead, true, Tunnel.NONE, parts(text, cuts));
  }

  private static List<byte[]> parts(String text, int... cuts) {
    var bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    var parts = new ArrayList<byte[]>();
    var from = 0;
    for (var cut : cuts) {
      parts.add(Arrays.copyOfRange(bytes, from, cut));
      from = cut;
    }
    parts.add(Arrays.copyOfRange(bytes, from, bytes.length));
    return parts;
  }

  /// One response, then the end of the connection.
  static String ofResponse(String bytes) {
    return inEverySplit(Http1Parser.Role.RESPONSES, bytes, Http1Limits.RESPONSE, false, true);
  }

  static String ofResponseToHead(String bytes) {
    return inEverySplit(Http1Parser.Role.RESPONSES, bytes, Http1Limits.RESPONSE, true, true);
  }

  /// One response to a request that asked for a tunnel, then the end of the connection.
  static String ofTunnel(Tunnel asked, String bytes) {
    return inEverySplit(
        Http1Parser.Role.RESPONSES, bytes, Http1Limits.RESPONSE, false, true, asked);
  }

  private static String inEverySplit(
      Http1Parser.Role role, String text, Http1Limits limits, boolean toHead, boolean eof) {
    return inEverySplit(role, text, limits, toHead, eof, Tunnel.NONE);
  }

  private static String inEverySplit(
      Http1Parser.Role role,
      String text,
      Http1Limits limits,
      boolean toHead,
      boolean eof,
      Tunnel asked) {
    var bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    var whole = run(role, limits, toHead, eof, asked, List.of(bytes));
    var step = bytes.length < 2000 ? 1 : bytes.length / 20;
    for (var at = 1; at < bytes.length; at += step) {
      var first = Arrays.copyOf(bytes, at);
      var second = Arrays.copyOfRange(bytes, at, bytes.length);
      assertThat(run(role, limits, toHead, eof, asked, List.of(first, second)))
          .as("split at %d", at)
          .isEqualTo(whole);
    }
    var single = new ArrayList<byte[]>();
    for (var b : bytes) {
      single.add(new byte[] {b});
    }
    assertThat(run(role, limits, toHead, eof, asked, single)).as("byte by byte").isEqualTo(whole);
    return whole;
  }

  private static String run(
      Http1Parser.Role role,
      Http1Limits limits,
      boolean toHead,
      boolean eof,
      Tunnel asked,
      List<byte[]> parts) {
    var transcript = new ParserTranscript(role, limits);
    if (role == Http1Parser.Role.RESPONSES) {
      transcript.parser.expect(toHead, asked);
    }
    transcript.feed(parts);
    if (transcript.parser.tunnel()) {
      transcript.text.append("TUNNEL ").append(transcript.body).append('\n');
      transcript.body.setLength(0);
    }
    if (eof) {
      transcript.text.append(transcript.parser.eof() ? "" : transcript.body() + "CUT SHORT\n");
    }
    transcript.parser.close();
    assertThat(transcript.stores.outstanding()).isZero();
    return transcript.text.toString();
  }

  /// What was not consumed is kept in front of the next part, as a connection does.
  private void feed(List<byte[]> parts) {
    var in = Unpooled.buffer();
    for (var part : parts) {
      in.writeBytes(part);
      for (var before = -1; before != in.readerIndex() && in.isReadable(); ) {
        before = in.readerIndex();
        parser.feed(in);
        if (role == Http1Parser.Role.REQUESTS && parser.complete()) {
          parser.next();
        }
      }
    }
    if (in.isReadable() && parser.complete()) {
      text.append("LEFT ").append(in.readableBytes()).append('\n');
    }
    assertThat(in.refCnt()).as("every slice is released").isEqualTo(1);
    in.release();
  }

  private String body() {
    var said = body.isEmpty() ? "" : "BODY " + body + "\n";
    body.setLength(0);
    return said;
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    text.append(parser.keepAlive() ? "HEAD" : "HEAD close")
        .append(parser.upgrade() ? " upgrade" : "");
    text.append(parser.expectContinue() ? " expect" : "")
        .append(end ? " end\n" : "\n")
        .append(head);
    head.release();
  }

  @Override
  public void onInformational(HeaderMap head) {
    text.append("INTERIM\n").append(head);
    head.release();
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    body.append(chunk.toString(StandardCharsets.ISO_8859_1));
    chunk.release();
    text.append(end ? body() + "END\n" : "");
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    text.append(body()).append("TRAILERS\n").append(trailers);
    trailers.release();
  }

  @Override
  public void onError(MessageError error) {
    text.append(body()).append(error).append('\n');
  }
}
