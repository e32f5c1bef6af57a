package dev.outrider.proxy.http2;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.hpack.FieldReport;
import dev.outrider.proxy.http.hpack.NameSet;

/// The rules about whole messages: RFC 9113 8.1 to 8.3 and 8.5, RFC 8441 4. What single fields may
/// look like has been checked by the decoder.
final class HeadCheck {
  /// No `content-length`.
  static final long NO_LENGTH = -1;

  /// One that is no number, or several.
  static final long BAD_LENGTH = -2;

  private static final NameSet PSEUDO =
      NameSet.of(
          HeaderNames.METHOD,
          HeaderNames.PATH,
          HeaderNames.AUTHORITY,
          HeaderNames.SCHEME,
          HeaderNames.STATUS,
          HeaderNames.PROTOCOL);
  private static final NameSet ONCE =
      NameSet.of(
          HeaderNames.METHOD,
          HeaderNames.PATH,
          HeaderNames.AUTHORITY,
          HeaderNames.SCHEME,
          HeaderNames.STATUS,
          HeaderNames.PROTOCOL,
          HeaderNames.HOST);
  private static final NameSet METHOD_PATH_SCHEME =
      NameSet.of(HeaderNames.METHOD, HeaderNames.PATH, HeaderNames.SCHEME);
  private static final NameSet PATH_OR_SCHEME = NameSet.of(HeaderNames.PATH, HeaderNames.SCHEME);
  private static final NameSet AUTHORITY_OR_HOST =
      NameSet.of(HeaderNames.AUTHORITY, HeaderNames.HOST);
  private static final NameSet CONNECTION_SPECIFIC =
      NameSet.of(
          HeaderNames.CONNECTION,
          HeaderNames.KEEP_ALIVE,
          HeaderNames.PROXY_CONNECTION,
          HeaderNames.TRANSFER_ENCODING,
          HeaderNames.UPGRADE);
  private static final NameSet CONTENT_LENGTH = NameSet.of(HeaderNames.CONTENT_LENGTH);
  private static final byte[] CONNECT = "CONNECT".getBytes(US_ASCII);
  private static final byte[] HEAD = "HEAD".getBytes(US_ASCII);
  private static final byte[] OPTIONS = "OPTIONS".getBytes(US_ASCII);
  private static final byte[] TRAILERS = "trailers".getBytes(US_ASCII);

  private HeadCheck() {}

  /// Whether a request may look like that.
  ///
  /// @param allowConnect extended CONNECT has been offered
  static Verdict request(HeaderMap head, FieldReport report, boolean allowConnect) {
    if (!order(report) || !fields(head, report) || !authority(head) || emptyPath(head)) {
      return Verdict.FIELD;
    }
    if (!report.has(HeaderNames.METHOD)) {
      return Verdict.MESSAGE;
    }
    var connect = head.valueEquals(head.find(HeaderNames.METHOD), CONNECT);
    if (report.has(HeaderNames.PROTOCOL)) {
      if (!connect || !allowConnect) {
        return Verdict.FIELD;
      }
    } else if (connect) {
      return report.has(HeaderNames.AUTHORITY) && !report.hasAny(PATH_OR_SCHEME)
          ? Verdict.FINE
          : Verdict.MESSAGE;
    }
    return report.hasAll(METHOD_PATH_SCHEME) && report.hasAny(AUTHORITY_OR_HOST) && path(head)
        ? Verdict.FINE
        : Verdict.MESSAGE;
  }

  static Verdict response(HeaderMap head, FieldReport report) {
    return !order(report) || !fields(head, report)
        ? Verdict.FIELD
        : report.has(HeaderNames.STATUS) ? Verdict.FINE : Verdict.MESSAGE;
  }

  static Verdict trailers(HeaderMap trailers, FieldReport report) {
    return report.hasAny(PSEUDO) || !fields(trailers, report) ? Verdict.FIELD : Verdict.FINE;
  }

  /// What `content-length` says, [#NO_LENGTH] or [#BAD_LENGTH].
  static long contentLength(HeaderMap head, FieldReport report) {
    if (!report.has(HeaderNames.CONTENT_LENGTH)) {
      return NO_LENGTH;
    }
    var length = head.valueAsLong(head.find(HeaderNames.CONTENT_LENGTH));
    return length < 0 || report.repeatsAny(CONTENT_LENGTH) ? BAD_LENGTH : length;
  }

  static boolean isHead(HeaderMap request) {
    var method = request.find(HeaderNames.METHOD);
    return method >= 0 && request.valueEquals(method, HEAD);
  }

  private static boolean order(FieldReport report) {
    return !report.pseudoBehindField() && !report.repeatsAny(ONCE);
  }

  private static boolean fields(HeaderMap head, FieldReport report) {
    return !report.hasAny(CONNECTION_SPECIFIC)
        && (!report.has(HeaderNames.TE) || onlyTrailers(head));
  }

  private static boolean onlyTrailers(HeaderMap head) {
    for (var line = head.find(HeaderNames.TE);
        line >= 0;
        line = head.find(HeaderNames.TE, line + 1)) {
      if (!head.valueEqualsIgnoreCase(line, TRAILERS)) {
        return false;
      }
    }
    return true;
  }

  /// If there is one, it is not empty and has no user information (RFC 9113 8.3.1).
  private static boolean authority(HeaderMap head) {
    var line = head.find(HeaderNames.AUTHORITY);
    if (line < 0) {
      return true;
    }
    for (var i = 0; i < head.valueLength(line); i++) {
      if (head.valueByte(line, i) == '@') {
        return false;
      }
    }
    return head.valueLength(line) > 0;
  }

  private static boolean emptyPath(HeaderMap head) {
    var line = head.find(HeaderNames.PATH);
    return line >= 0 && head.valueLength(line) == 0;
  }

  private static boolean path(HeaderMap head) {
    var line = head.find(HeaderNames.PATH);
    return head.valueByte(line, 0) == '/'
        || (head.valueByte(line, 0) == '*'
            && head.valueLength(line) == 1
            && head.valueEquals(head.find(HeaderNames.METHOD), OPTIONS));
  }
}
