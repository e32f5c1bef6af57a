package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A status line, read and written: RFC 9112 4.
final class StatusLine {
  private static final String[] REASONS = reasons();
  private static final byte[][] LINES = lines();

  private StatusLine() {}

  /// `HTTP/x.x NNN`, then the end or a space and any reason. As Envoy: whatever the version, what
  /// follows is read as HTTP/1.
  static @Nullable MessageError check(byte[] bytes, int from, int end) {
    var prefix = "HTTP/";
    if (end - from < 12 || (end - from > 12 && bytes[from + 12] != ' ')) {
      return MessageError.CODEC_ERROR;
    }
    for (var i = 0; i < prefix.length(); i++) {
      if (bytes[from + i] != prefix.charAt(i)) {
        return MessageError.CODEC_ERROR;
      }
    }
    return isDigit(bytes[from + 5])
            && bytes[from + 6] == '.'
            && isDigit(bytes[from + 7])
            && bytes[from + 8] == ' '
            && HeaderSyntax.fits(HeaderNames.STATUS_ID, bytes, from + 9, 3)
        ? null
        : MessageError.CODEC_ERROR;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /// `HTTP/1.1 200 OK\r\n`, of a status from 100 to 999. Not to be changed.
  static byte[] line(int status) {
    return LINES[status - 100];
  }

  private static byte[][] lines() {
    var lines = new byte[900][];
    for (var status = 100; status < 1000; status++) {
      var reason = status < REASONS.length && REASONS[status] != null ? REASONS[status] : "Unknown";
      lines[status - 100] =
          ("HTTP/1.1 " + status + " " + reason + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
    return lines;
  }

  /// Envoy's names (`Http::CodeUtility::toString`); a status without one is `Unknown`.
  private static String[] reasons() {
    var names = new String[600];
    names[100] = "Continue";
    names[101] = "Switching Protocols";
    names[102] = "Processing";
    names[103] = "Early Hints";
    names[200] = "OK";
    names[201] = "Created";
    names[202] = "Accepted";
    names[203] = "Non-Authoritative Information";
    names[204] = "No Content";
    names[205] = "Reset Content";
    names[206] = "Partial Content";
    names[207] = "Multi-Status";
    names[208] = "Already Reported";
    names[226] = "IM Used";
    names[300] = "Multiple Choices";
    names[301] = "Moved Permanently";
    names[302] = "Found";
    names[303] = "See Other";
    names[304] = "Not Modified";
    names[305] = "Use Proxy";
    names[307] = "Temporary Redirect";
    names[308] = "Permanent Redirect";
    names[400] = "Bad Request";
    names[401] = "Unauthorized";
    names[402] = "Payment Required";
    names[403] = "Forbidden";
    names[404] = "Not Found";
    names[405] = "Method Not Allowed";
    names[406] = "Not Acceptable";
    names[407] = "Proxy Authentication Required";
    names[408] = "Request Timeout";
    names[409] = "Conflict";
    names[410] = "Gone";
    names[411] = "Length Required";
    names[412] = "Precondition Failed";
    names[413] = "Payload Too Large";
    names[414] = "URI Too Long";
    names[415] = "Unsupported Media Type";
    names[416] = "Range Not Satisfiable";
    names[417] = "Expectation Failed";
    names[421] = "Misdirected Request";
    names[422] = "Unprocessable Entity";
    names[423] = "Locked";
    names[424] = "Failed Dependency";
    names[426] = "Upgrade Required";
    names[428] = "Precondition Required";
    names[429] = "Too Many Requests";
    names[431] = "Request Header Fields Too Large";
    names[500] = "Internal Server Error";
    names[501] = "Not Implemented";
    names[502] = "Bad Gateway";
    names[503] = "Service Unavailable";
    names[504] = "Gateway Timeout";
    names[505] = "HTTP Version Not Supported";
    names[506] = "Variant Also Negotiates";
    names[507] = "Insufficient Storage";
    names[508] = "Loop Detected";
    names[510] = "Not Extended";
    names[511] = "Network Authentication Required";
    names[599] = "Last Unassigned Server Error Code";
    return names;
  }
}
