package dev.outrider.proxy.http;

import org.jspecify.annotations.Nullable;

/// Takes a request line apart: RFC 9112 3, in all four forms of the target. Offsets point into the
/// array that was parsed. Several spaces or tabs between the parts are accepted, as in Envoy; what
/// is sent on is always canonical.
final class RequestLine {
  private static final byte[] NONE = {};

  private final Http1Options options;
  private byte[] bytes = NONE;
  private int method;
  private int methodLength;
  private int target;
  private int targetEnd;
  private int authority;
  private int authorityLength;
  private int path;
  private boolean connect;
  private boolean pathLacksSlash;
  private boolean http10;

  RequestLine(Http1Options options) {
    this.options = options;
  }

  /// The line from `from` to `end`, without its line end; no control characters but tabs.
  @Nullable MessageError parse(byte[] array, int from, int end) {
    bytes = array;
    var error = parse(from, end);
    // An idle connection must not keep the array of a head that was released.
    bytes = NONE;
    return error;
  }

  private @Nullable MessageError parse(int from, int end) {
    method = from;
    var methodEnd = partEnd(from, end);
    methodLength = methodEnd - from;
    if (!isMethod()) {
      return MessageError.CODEC_ERROR;
    }
    target = partStart(methodEnd, end);
    targetEnd = partEnd(target, end);
    var version = partStart(targetEnd, end);
    var versionEnd = partEnd(version, end);
    if (target == targetEnd || partStart(versionEnd, end) != end) {
      return MessageError.CODEC_ERROR;
    }
    if (version == end) { // HTTP/0.9
      var error = target();
      return error != null ? error : MessageError.LOW_VERSION;
    }
    var error = version(version, versionEnd);
    return error != null ? error : target();
  }

  private boolean isMethod() {
    return options.allowCustomMethods()
        ? HeaderSyntax.isName(bytes, method, methodLength)
        : Methods.isKnown(bytes, method, methodLength);
  }

  /// The request is served as one of HTTP/1.0.
  boolean http10() {
    return http10;
  }

  int method() {
    return method;
  }

  int methodLength() {
    return methodLength;
  }

  boolean connect() {
    return connect;
  }

  /// -1 if the target names no authority: that of the `host` field counts.
  int authority() {
    return authority;
  }

  int authorityLength() {
    return authorityLength;
  }

  int path() {
    return path;
  }

  int pathLength() {
    return targetEnd - path;
  }

  /// An absolute form may leave the slash away that a path needs.
  boolean pathLacksSlash() {
    return pathLacksSlash;
  }

  private int partEnd(int from, int end) {
    var at = from;
    while (at < end && !Tokens.isSpace(bytes[at])) {
      at++;
    }
    return at;
  }

  private int partStart(int from, int end) {
    var at = from;
    while (at < end && Tokens.isSpace(bytes[at])) {
      at++;
    }
    return at;
  }

  private @Nullable MessageError version(int from, int end) {
    if (end - from != 8
        || !startsWith(from, end, "HTTP/")
        || !isDigit(from + 5)
        || bytes[from + 6] != '.'
        || !isDigit(from + 7)) {
      return MessageError.CODEC_ERROR;
    }
    http10 = bytes[from + 5] != '1' || bytes[from + 7] != '1';
    return http10 && !options.acceptHttp10() ? MessageError.LOW_VERSION : null;
  }

  private boolean isDigit(int at) {
    return bytes[at] >= '0' && bytes[at] <= '9';
  }

  private @Nullable MessageError target() {
    authority = -1;
    path = target;
    pathLacksSlash = false;
    connect = methodIs("CONNECT");
    if (!HeaderSyntax.isTarget(bytes, target, targetEnd - target)) {
      return MessageError.CODEC_ERROR;
    }
    if (connect) {
      return authorityForm();
    }
    if (bytes[target] == '/') {
      return null;
    }
    if (!options.allowAbsoluteUrl() && hasScheme()) {
      return null; // a path that does not begin with a slash: 404
    }
    if (targetEnd - target == 1 && bytes[target] == '*') {
      return methodIs("OPTIONS") ? null : MessageError.INVALID_URL;
    }
    return absoluteForm();
  }

  /// RFC 9112 3.2.3: host and port, nothing else.
  private @Nullable MessageError authorityForm() {
    var colon = targetEnd - 1;
    while (colon > target && isDigit(colon)) {
      colon--;
    }
    var port = targetEnd - colon - 1;
    if (bytes[colon] != ':'
        || colon == target
        || port < 1
        || port > 5
        || !plainAuthority(target, targetEnd)) {
      return MessageError.INVALID_URL;
    }
    authority = target;
    authorityLength = targetEnd - target;
    path = targetEnd;
    return null;
  }

  private boolean plainAuthority(int from, int end) {
    for (var i = from; i < end; i++) {
      if (bytes[i] == '@') {
        return false;
      }
    }
    return HeaderSyntax.isAuthority(bytes, from, end - from);
  }

  private boolean hasScheme() {
    var colon = target;
    while (colon < targetEnd && bytes[colon] != ':') {
      colon++;
    }
    return colon > target && startsWith(colon, targetEnd, "://");
  }

  /// RFC 9112 3.2.2. User information is dropped, as in Envoy.
  private @Nullable MessageError absoluteForm() {
    var colon = target;
    while (colon < targetEnd && bytes[colon] != ':') {
      colon++;
    }
    if (colon == target || !startsWith(colon, targetEnd, "://")) {
      return MessageError.CODEC_ERROR;
    }
    if (!schemeIs(colon, "http") && !schemeIs(colon, "https")) {
      return MessageError.INVALID_SCHEME;
    }
    authority = colon + 3;
    path = authority;
    while (path < targetEnd && bytes[path] != '/' && bytes[path] != '?' && bytes[path] != '#') {
      if (bytes[path++] == '@') {
        authority = path;
      }
    }
    authorityLength = path - authority;
    if (path < targetEnd && bytes[path] == '#') {
      return MessageError.CODEC_ERROR;
    }
    // With a query and no path it has no slash, and is refused for that, as in Envoy.
    pathLacksSlash = path == targetEnd;
    return authorityLength == 0 || !portFits(authority, path) ? MessageError.INVALID_URL : null;
  }

  /// A name, an IPv4 address or one of IPv6 in brackets, and behind a colon a number of 16 bits.
  private boolean portFits(int from, int end) {
    var at = from;
    var bracketed = bytes[at] == '[';
    while (at < end && bytes[at] != (bracketed ? ']' : ':')) {
      at++;
    }
    if (bracketed && at++ == end) {
      return false;
    }
    if (at == end) {
      return true;
    }
    var port = 0;
    var digits = at + 1;
    while (digits < end && isDigit(digits) && port <= 0xffff) {
      port = 10 * port + bytes[digits++] - '0';
    }
    return bytes[at] == ':' && digits > at + 1 && digits == end && port <= 0xffff;
  }

  private boolean methodIs(String name) {
    return methodLength == name.length() && startsWith(method, method + methodLength, name);
  }

  private boolean schemeIs(int end, String scheme) {
    if (end - target != scheme.length()) {
      return false;
    }
    for (var i = 0; i < scheme.length(); i++) {
      if ((bytes[target + i] | 0x20) != scheme.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private boolean startsWith(int from, int end, String text) {
    if (end - from < text.length()) {
      return false;
    }
    for (var i = 0; i < text.length(); i++) {
      if (bytes[from + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
