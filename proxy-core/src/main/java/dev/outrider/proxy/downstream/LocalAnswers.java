package dev.outrider.proxy.downstream;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.attributes.HeaderEdits;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.config.BodyFormat;
import dev.outrider.proxy.config.LocalReplyOptions;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.stream.StreamInfo;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes a [LocalReply] the response of a stream, in the looks that the configuration wants: every
/// answer that does not come from an upstream passes here. Belongs to one worker.
final class LocalAnswers {
  private static final byte[] HEAD = {'H', 'E', 'A', 'D'};
  private static final String JSON = "application/json";
  private static final List<List<HeaderEdit>> NO_EDITS = List.of();

  private final LocalReplyOptions options;
  private final HeadStores heads;
  private final HeaderEdits edits = new HeaderEdits();
  private final ValueBuffer formatted = new ValueBuffer();

  /// Of the body that was made last; null = what the head says.
  private @Nullable String type;

  LocalAnswers(LocalReplyOptions options, HeadStores heads) {
    this.options = options;
    this.heads = heads;
  }

  /// Sends it to `to`; a response head that the stream had but not sent is replaced.
  ///
  /// @param match whose route has a say; null = none has
  void send(LocalReply reply, @Nullable RouteMatch match, StreamInfo info, MessageSink to) {
    var request = info.requestHead();
    var grpc = request != null && LocalReplies.isGrpc(request);
    var replaced = info.responseHead();
    if (replaced != null) {
      replaced.release();
    }
    var head = LocalReplies.start(reply, heads);
    info.responseHead(head);
    info.details(reply.details());
    var body = reply.body();
    type = null;
    edit(head, reply, match, info);
    if (!options.equals(LocalReplyOptions.NONE)) {
      body = rewrite(head, body, info, grpc);
    }
    LocalReplies.complete(head, body, type, reply.grpcStatus(), grpc);
    if (!grpc && body.length > 0 && !isHead(request)) {
      to.onHead(head, false);
      to.onBody(Unpooled.wrappedBuffer(body), true);
    } else {
      to.onHead(head, true);
    }
  }

  /// As in Envoy, what a route says that forwards comes before the fields of the reply, and what
  /// one says that answers comes behind them; and an empty answer has no type, whoever said it.
  private void edit(HeaderMap head, LocalReply reply, @Nullable RouteMatch match, StreamInfo info) {
    var levels = match == null ? NO_EDITS : match.headers().response();
    var forwards = match != null && match.route().action() instanceof RouteAction.Forward;
    if (forwards) {
      edits.applyAll(levels, head, info);
    }
    LocalReplies.addFields(reply, head);
    if (!forwards) {
      edits.applyAll(levels, head, info);
    }
    if (!levels.isEmpty() && reply.body().length == 0) {
      head.remove(HeaderNames.CONTENT_TYPE);
      head.remove(HeaderNames.CONTENT_LENGTH);
    }
  }

  /// Returns the body. Filters and formats see the reply as if it were the response already.
  private byte[] rewrite(HeaderMap head, byte[] given, StreamInfo info, boolean grpc) {
    info.responseCode(head.status());
    var mapper = mapper(info);
    var body = given;
    var ownType = false;
    if (mapper != null) {
      body = mapper.body() == null ? body : mapper.body().getBytes(StandardCharsets.UTF_8);
      var before = head.get(HeaderNames.CONTENT_TYPE);
      edits.apply(mapper.headers(), head, info);
      var after = head.get(HeaderNames.CONTENT_TYPE);
      ownType = after != null && !after.equals(before);
      if (mapper.status() != 0) {
        head.setStatus(mapper.status());
        info.responseCode(mapper.status());
      }
    }
    var format = mapper != null && mapper.format() != null ? mapper.format() : options.format();
    var text = format == null ? body : format(format, body, info);
    if (text.length == 0) {
      head.remove(HeaderNames.CONTENT_TYPE);
    } else if (!ownType
        && (!Arrays.equals(text, given) || !head.contains(HeaderNames.CONTENT_TYPE))) {
      type = format == null ? "text/plain" : format.contentType();
    }
    var ends = text.length > 0 && text[text.length - 1] == '\n';
    return grpc && ends && format != null && format.contentType().equals(JSON)
        ? Arrays.copyOf(text, text.length - 1) // a header cannot hold it
        : text;
  }

  private LocalReplyOptions.@Nullable Mapper mapper(StreamInfo info) {
    var mappers = options.mappers();
    for (var i = 0; i < mappers.size(); i++) { // no iterator per request
      if (mappers.get(i).filter().matches(info)) {
        return mappers.get(i);
      }
    }
    return null;
  }

  private byte[] format(BodyFormat format, byte[] body, StreamInfo info) {
    formatted.clear();
    info.localReplyBody(body);
    format.write(info, formatted);
    info.localReplyBody(null);
    return formatted.toBytes();
  }

  /// Then the head says how long the body would be, and that is all.
  private static boolean isHead(@Nullable HeaderMap request) {
    var method = request == null ? -1 : request.find(HeaderNames.METHOD);
    return request != null && method >= 0 && request.valueEquals(method, HEAD);
  }
}
